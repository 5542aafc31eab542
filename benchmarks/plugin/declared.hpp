#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "core/parameter.hpp"
#include "fanout/plugin.h"

namespace fanout {

/// As much of a plug-in's struct as both sides know; the rest is absent. Throws UsageError where it is shorter than
/// `least`, which every version has.
template <class Struct>
Struct known_part(const Struct& given, std::size_t least, const std::string& what) {
  if (given.size < least)
    throw UsageError(what + " is declared by " + std::to_string(given.size) + " bytes, not at least " +
                     std::to_string(least) + ": set its size by sizeof");
  Struct known{};
  std::memcpy(&known, &given, std::min<std::size_t>(given.size, sizeof known));
  return known;
}

/// What a plug-in has declared; `where` begins what is said of it. Throw UsageError where it cannot be.
std::string text_of(const char* text, const std::string& where);
std::string name_of(const char* name, const std::string& where);
std::vector<Parameter> parameters_of(const fanout_parameter* const* given, const std::string& owner);

}  // namespace fanout
