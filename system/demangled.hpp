#pragma once

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace fanout {

/// A function's name as C++ writes it; a name that is none of C++ as it is.
inline std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> found(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 ? found.get() : name;
}

}  // namespace fanout
