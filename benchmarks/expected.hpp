#pragma once

#include <string>
#include <vector>

#include "benchmarks/measure.hpp"
#include "benchmarks/selection.hpp"

namespace fanout {

/// What a program in another language needs to do the same work and to be held to the same answers, as JSON: each case
/// of the cells once, with its parameters as they are spelt and as numbers (ns, bytes, counts), and every digest, or
/// why there are none ("missing"); and what of this machine its own results have to say. Digests are text: a JSON
/// number holds 53 bits for most readers.
std::string expected_as_json(const std::vector<Cell>& cells, const Measuring& measuring, double effective_cpus);

}  // namespace fanout
