#pragma once

#include <filesystem>
#include <string>

#include "acrtc/network/parameters.hpp"

namespace acrtc::record {

/// Writes all parameters by name (float32, each in its shape), with a checksum and the configuration (TOML) that
/// rebuilds their network. The file appears as a whole or not at all. Throws UserError where it cannot be written.
void save_weights(const std::filesystem::path& path, const network::ParameterStore& parameters,
                  const std::string& configuration);

/// Puts the weights of a file into a network built alike. Throws UserError, and leaves the weights as they are, where
/// the file is damaged, lacks a parameter, has one too many, or one of another shape (the message names both shapes).
void load_weights(const std::filesystem::path& path, network::ParameterStore& parameters);

/// The configuration that the weights were saved with.
std::string weights_configuration(const std::filesystem::path& path);

}  // namespace acrtc::record
