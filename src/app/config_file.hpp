#pragma once

#include <filesystem>
#include <string>

#include "acrtc/base/value.hpp"

namespace acrtc::app {

/// Reads a TOML file; every value knows its file and line. Throws UserError naming file, line and column.
Table read_toml(const std::filesystem::path& path);
/// The same for a text that comes from `origin`.
Table parse_toml(const std::string& text, const std::string& origin);

/// Carries out `a.b.c=value` as put() does. The value is read as TOML; a bare word is a text. Throws UserError also
/// where there is no key, and for an integer of more than 64 bits.
void assign(Table& config, const std::string& assignment);

/// Gives the key at `path`, a.b.c, that value; tables on the way are made where they are missing. Throws UserError
/// where the way leads through something that is no table.
void put(Table& config, const std::string& path, Value value);

/// Lays `above` over `below`: tables are merged key by key, anything else is replaced.
void overlay(Table& below, const Table& above);

}  // namespace acrtc::app
