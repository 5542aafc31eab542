// The workload pipeline: each item through each stage once, in order where that is promised, and whoever breaks that
// found out.

#include "tests/workloads/batches.hpp"
#include "workloads/pipeline/piped_items.hpp"

namespace fanout {
namespace {

using testing::complaint;
using testing::complaint_of_count;
using testing::run;

using ::testing::HasSubstr;
using Given = std::map<std::string, std::string>;

std::unique_ptr<Workload> make_pipeline(const Given& given) {
  const auto& entry = *Workloads::find("pipeline");
  return testing::built(entry, Values("pipeline", entry.parameters, given), 3);
}

/// Shapes with one place in every stage, one item in every queue, and neither.
const std::vector<Given> kShapes{
    {{"store", "file"}},
    {{"capacity", "1"}, {"readers", "1"}, {"parsers", "1"}, {"compressors", "1"}, {"writers", "1"}},
    {{"capacity", "1"}, {"ordered", "no"}},
    {{"capacity", "3"}, {"compressors", "2"}},
};

TEST(Pipeline, PassesEveryItemOnce) {
  for (Given given : kShapes) {
    given.insert({{"items", "20"}, {"size", "1003B"}});
    const auto workload = make_pipeline(given);
    if (!workload) GTEST_SKIP() << "without its library";
    EXPECT_EQ(workload->state(), Workload::State::shared);
    std::uint64_t seen = 0;
    for (const std::string executor : {"serial", "pool", "std_thread", "openmp_static", "fork_pool", "fork_each"}) {
      if (!testing::executor(executor).missing.empty()) continue;
      for (const unsigned workers : {1U, 2U, 7U}) {
        SCOPED_TRACE(executor + " on " + std::to_string(workers));
        run(*workload, executor, executor == "serial" ? 1 : workers, 2);
        seen += 2 * workload->tasks();
        EXPECT_EQ(workload->completed(), seen);
      }
    }
  }
}

TEST(Pipeline, SaysHowItsStagesSpentTheirTime) {
  const auto workload = make_pipeline({{"items", "40"}, {"size", "16KiB"}, {"capacity", "2"}, {"compressors", "1"}});
  if (!workload) GTEST_SKIP() << "without its library";
  EXPECT_TRUE(workload->facts().empty());
  run(*workload, "pool", 3);
  const auto facts = workload->facts();
  for (const std::string stage : kStageNames) {
    const double sum =
        facts.at(stage + "_busy") + facts.at(stage + "_input") + facts.at(stage + "_held") + facts.at(stage + "_ready");
    EXPECT_NEAR(sum, 1, 1e-6) << stage;
  }
  EXPECT_GT(facts.at("compress_busy"), facts.at("write_busy"));
  EXPECT_GE(facts.at("waiting_time"), 0);
}

TEST(Pipeline, RefusesWhatDoesNotFitIntoMemory) {
  const auto& entry = *Workloads::find("pipeline");
  const Values large("pipeline", entry.parameters, {{"items", "1000000"}, {"size", "64MiB"}});
  EXPECT_THROW(entry.check(large), UsageError);
  EXPECT_NO_THROW(entry.check(Values("pipeline", entry.parameters, {})));
}

/// As it is, without zlib.
constexpr Codec kCopies{
    .most = [](std::size_t bytes) { return bytes; },
    .pack =
        [](std::span<const char> bytes, std::span<char> packed) {
          std::ranges::copy(bytes, packed.begin());
          return bytes.size();
        },
    .unpack = [](std::span<const char> packed, std::span<char> bytes) { std::ranges::copy(packed, bytes.begin()); }};

constexpr std::size_t kItems = 5;

/// Items whose steps are done by a function of the step and of what would do it right.
class Altered final : public PipedItems {
 public:
  using Right = std::function<void(const Step&)>;
  explicit Altered(std::function<void(const Step&, const Right&)> work, bool ordered = true,
                   const Codec& codec = kCopies)
      : PipedItems({.items = kItems, .capacity = 2, .ordered = ordered}, 256, false, codec, 3),
        work_(std::move(work)) {}

 protected:
  void work(const Step& step) const override {
    work_(step, [this](const Step& other) { PipedItems::work(other); });
  }

 private:
  std::function<void(const Step&, const Right&)> work_;
};

void honest(const Step& step, const Altered::Right& right) { right(step); }

std::string complaint_about(Altered&& altered) {
  run(altered, "pool", 2);
  return complaint_of_count(altered);
}

TEST(Pipeline, HonestItemsPass) { EXPECT_EQ(complaint_about(Altered(honest)), ""); }

TEST(Pipeline, StageThatSkipsAnItemIsSeen) {
  for (const Stage stage : {Stage::read, Stage::parse, Stage::compress, Stage::write}) {
    const auto skips = [stage](const Step& step, const Altered::Right& right) {
      if (step.stage != stage || step.item != 3) right(step);
    };
    EXPECT_EQ(
        complaint_about(Altered(skips)),
        std::string("item 3 went through ") + kStageNames[static_cast<std::size_t>(stage)] + " 0 times in 1 batches");
  }
}

TEST(Pipeline, StageThatDoublesAnItemIsSeen) {
  for (const Stage stage : {Stage::read, Stage::parse, Stage::compress, Stage::write}) {
    const auto doubles = [stage](const Step& step, const Altered::Right& right) {
      if (step.stage == stage && step.item == 3) right(step);
      right(step);
    };
    EXPECT_THAT(complaint_about(Altered(doubles)), HasSubstr("2 times in 1 batches"));
  }
}

/// The writer takes one item for another: 1 for 0, and 0 for 1.
void swaps(const Step& step, const Altered::Right& right) {
  Step other = step;
  if (step.stage == Stage::write && step.item < 2) other.item = 1 - step.item;
  right(other);
}

TEST(Pipeline, WriterOutOfOrderIsSeen) {
  Altered swapped(swaps);
  std::vector<std::uint64_t> digests(swapped.tasks());
  const std::string reason = "pipeline: item 1 was written where item 0 was due";
  EXPECT_EQ(complaint([&] { swapped.run(0, digests.size(), digests); }), reason);
  EXPECT_EQ(complaint([&] { swapped.run(0, 1, digests); }), reason) << "a line that has failed takes nobody any more";
}

TEST(Pipeline, ItemUnderTheNameOfAnotherIsSeen) {
  EXPECT_THAT(complaint_about(Altered(swaps, false)), HasSubstr("did not arrive as it was read"));
}

TEST(Pipeline, ItemWrittenInThePlaceOfAnotherIsSeen) {
  const auto overwrites = [](const Step& step, const Altered::Right& right) {
    Step other = step;
    if (step.stage == Stage::write && step.turn == 4) other.turn = 3;
    right(other);
  };
  EXPECT_THAT(complaint_about(Altered(overwrites, false)), HasSubstr("was written twice in the last batch"));
}

TEST(Pipeline, DamageInAnEarlierBatchIsSeen) {
  Codec spoils = kCopies;
  static std::atomic<int> packs;
  packs = 0;
  spoils.pack = [](std::span<const char> bytes, std::span<char> packed) {
    const std::size_t size = kCopies.pack(bytes, packed);
    if (++packs == 2) packed[17] = static_cast<char>(packed[17] ^ 1);
    return size;
  };
  Altered once(honest, true, spoils);
  run(once, "serial", 1);
  EXPECT_THAT(complaint_of_count(once), HasSubstr("item 1 did not arrive as it was read"));
  run(once, "serial", 1);
  EXPECT_THAT(complaint_of_count(once), HasSubstr("item 1 arrived otherwise in another batch"));
}

TEST(Pipeline, PartOfABatchIsSeen) {
  Altered part(honest);
  std::vector<std::uint64_t> digests(part.tasks());
  part.run(0, 9, digests);
  EXPECT_EQ(complaint_of_count(part), "when all tasks were done, 1 items were still on the line");
  part.run(9, digests.size(), std::span(digests).subspan(9));
  EXPECT_EQ(part.completed(), part.tasks());
}

/// A full disk, for example: the batch ends with the reason, whoever waits for the item.
TEST(Pipeline, StageThatThrowsEndsTheBatch) {
  const auto throws = [](const Step& step, const Altered::Right& right) {
    if (step.stage == Stage::write && step.item == 2) throw std::runtime_error("no room");
    right(step);
  };
  for (const std::string executor : {"serial", "pool", "std_thread", "fork_pool", "fork_each"}) {
    Altered broken(throws);
    Ledger ledger(broken);
    const auto opened = testing::start(executor, executor == "serial" ? 1 : 5);
    EXPECT_THAT(complaint([&] { opened->run(ledger.job(broken)); }), HasSubstr("no room")) << executor;
  }
}

TEST(PipelineNumbers, AreReadAsTheyWereSpelt) {
  std::vector<char> text(83, 'x');
  spell({3, 7}, text);
  EXPECT_EQ(std::ranges::count(text, '\n'), 10 + 3);
  std::vector<std::uint32_t> steps(10);
  parse(text, steps);
  EXPECT_TRUE(are_steps_of({3, 7}, steps));
  EXPECT_FALSE(are_steps_of({3, 8}, steps));
  ++steps[9];
  EXPECT_FALSE(are_steps_of({3, 7}, steps));
  steps.resize(11);
  EXPECT_EQ(complaint([&] { parse(text, steps); }), "pipeline: no number");
  text[12] = 'x';
  EXPECT_EQ(complaint([&] { parse(text, steps); }), "pipeline: no number");
}

}  // namespace
}  // namespace fanout
