#pragma once

#include <string>
#include <vector>

namespace fanout {

/// The URLs of a file: one http(s) URL a line; blank lines and lines that begin with # say nothing. Throws UsageError,
/// which names the file and the line, on anything else, and on a file without a URL.
std::vector<std::string> read_urls(const std::string& path);

}  // namespace fanout
