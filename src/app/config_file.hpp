#pragma once

#include <filesystem>
#include <string>

#include "acrtc/base/value.hpp"

namespace acrtc::app {

/// Reads a TOML file; every value knows its file and line. Throws UserError naming file, line and column.
Table read_toml(const std::filesystem::path& path);
/// The same for a text that comes from `origin`.
Table parse_toml(const std::string& text, const std::string& origin);

/// Carries out `a.b.c=value`: tables on the way are made where they are missing. The value is read as TOML; a bare word
/// is a text. Throws UserError where there is no key, or where the way leads through something that is no table.
void assign(Table& config, const std::string& assignment);

/// Lays `above` over `below`: tables are merged key by key, anything else is replaced.
void overlay(Table& below, const Table& above);

}  // namespace acrtc::app
