#pragma once

#include "benchmarks/receipt.hpp"

namespace fanout {

/// A caller's stay in a meeting. A task that throws leaves too.
class Receipt::Visit {
 public:
  explicit Visit(Meeting& meeting) : meeting_(meeting) {
    const unsigned inside = ++meeting_.inside;
    for (unsigned most = meeting_.most; most < inside && !meeting_.most.compare_exchange_weak(most, inside);) {
    }
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit() { --meeting_.inside; }

 private:
  Meeting& meeting_;
};

}  // namespace fanout
