#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace fanout {

/// Of a file, such as the kernel's of one value; nothing where it cannot be read, or is empty.
inline std::optional<std::string> first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return {};
  return line;
}

}  // namespace fanout
