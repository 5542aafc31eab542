#include <unistd.h>

#include "workloads/pipeline/piped_items.hpp"
#include "workloads/workload.hpp"

#ifndef FANOUT_MISSING
#include <zlib.h>
#endif

namespace fanout {
namespace {

#ifdef FANOUT_MISSING

Codec codec() { throw Unavailable("pipeline: compress takes zlib: " FANOUT_MISSING); }

#else

void require_zlib(bool fine, const z_stream& stream, const char* call) {
  if (!fine) throw std::runtime_error(std::string("zlib: ") + call + ": " + (stream.msg ? stream.msg : "failed"));
}

/// A thread's own, with its 256 KiB: to have them anew for each item would be a tenth of its time.
struct Deflater {
  Deflater() { require_zlib(deflateInit(&stream, Z_DEFAULT_COMPRESSION) == Z_OK, stream, "deflateInit"); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream); }
  z_stream stream{};
};

Bytef* bytes_of(std::span<const char> bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

std::size_t most(std::size_t bytes) { return compressBound(bytes); }

std::size_t pack(std::span<const char> bytes, std::span<char> packed) {
  thread_local Deflater deflater;
  z_stream& stream = deflater.stream;
  require_zlib(deflateReset(&stream) == Z_OK, stream, "deflateReset");
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = bytes_of(packed);
  stream.avail_out = static_cast<uInt>(packed.size());
  require_zlib(deflate(&stream, Z_FINISH) == Z_STREAM_END, stream, "deflate");
  return stream.total_out;
}

void unpack(std::span<const char> packed, std::span<char> bytes) {
  uLongf size = bytes.size();
  const int status = uncompress(bytes_of(bytes), &size, bytes_of(packed), packed.size());
  if (status != Z_OK || size != bytes.size()) throw std::runtime_error("an item cannot be decompressed");
}

Codec codec() { return {.most = most, .pack = pack, .unpack = unpack}; }

#endif

std::size_t count(const Values& values, const char* name) { return static_cast<std::size_t>(values.number(name)); }

std::unique_ptr<Workload> build_pipeline(const Values& values, std::uint64_t seed) {
  const auto places = [&](const char* name) { return values.number(name) > 0 ? count(values, name) : ~std::size_t{0}; };
  const LineShape shape{.items = count(values, "items"),
                        .capacity = count(values, "capacity"),
                        .ordered = values.text("ordered") == "yes",
                        .places = {places("readers"), places("parsers"), places("compressors"), places("writers")}};
  return make_workload<PipedItems>(shape, count(values, "size"), values.text("store") == "file", codec(), seed);
}

/// Text, steps and what is compressed, of items at rest and on the line.
void check_pipeline(const Values& values) {
  const auto most = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) / 4 * sysconf(_SC_PAGESIZE);
  const std::size_t items = count(values, "items") + kStages * count(values, "capacity");
  if (2 * count(values, "size") * items > most)
    throw UsageError("--set=pipeline.size=" + values.text("size") +
                     ": twice this, for each of the items and for four times the capacity of a queue, may take a"
                     " quarter of the memory");
}

Parameter places(const char* name, const char* stage) {
  return Parameter::count(name, std::string("items that may be in ") + stage + " at once", "items", 0, 1, 4'096)
      .by_default("any");
}

const Workloads::Add pipeline_added{WorkloadEntry{
    .name = "pipeline",
    .help = "items that go through stages with bounded queues between them: read, parse, compress (zlib), write",
    .standard = false,
    .parameters = {Parameter::choice("store", "what is read from and written to", {"memory", "file"}),
                   Parameter::count("items", "items in a batch; a task takes one through one of the four stages",
                                    "items", 64, 0, 1'000'000)
                       .as(role::kTasks)
                       .briefly("8"),
                   Parameter::bytes("size", "of an item's text", "16KiB", "8B", "64MiB").as(role::kSize),
                   Parameter::count("capacity", "items that a queue between two stages holds", "items", 8, 1, 4'096),
                   Parameter::choice("ordered", "whether items begin each stage in the order in which they were read",
                                     {"yes", "no"}),
                   places("readers", "read"), places("parsers", "parse"), places("compressors", "compress"),
                   places("writers", "write")},
    .check = check_pipeline,
    .build = build_pipeline}};

}  // namespace
}  // namespace fanout
