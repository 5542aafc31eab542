#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fanout {

/// The words of a command, as a shell would split it: at blanks, but for quotes and backslashes. Throws UsageError
/// where there is none, or a quote is not closed.
std::vector<std::string> split_words(const std::string& command);

/// Runs a program to its end, with nothing to read; the hash of what it writes to standard output. Throws
/// std::runtime_error where it cannot be started, is killed, or ends with another status than 0.
std::uint64_t run_process(std::vector<std::string> words);

}  // namespace fanout
