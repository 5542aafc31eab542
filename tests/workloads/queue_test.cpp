// The workload queue: every item in and out once, in the order that its kind promises, and whoever breaks that found
// out.

#include "executors/support/child.hpp"
#include "tests/workloads/batches.hpp"
#include "workloads/queue/counted_items.hpp"
#include "workloads/queue/shared_queue.hpp"

namespace fanout {
namespace {

using testing::complaint;
using testing::complaint_of_count;
using testing::run;

using ::testing::HasSubstr;
using Given = std::map<std::string, std::string>;

const WorkloadEntry& queue_entry() { return *Workloads::find("queue"); }

Values values(const Given& given) { return {"queue", queue_entry().parameters, given}; }

class EachQueue : public ::testing::TestWithParam<std::string> {};

TEST_P(EachQueue, PassesEveryItemOnce) {
  for (const std::string capacity : {"1", "2", "64"}) {
    Given given{{"kind", GetParam()}, {"tasks", "150"}, {"items", "20"}, {"capacity", capacity}};
    if (GetParam() == "tbb_priority") given.erase("capacity");
    const auto workload = testing::built(queue_entry(), values(given), 3);
    if (!workload) GTEST_SKIP() << "without its library";
    std::uint64_t seen = 0;
    for (const std::string executor : {"serial", "pool", "std_thread", "fork_pool", "fork_each"}) {
      const bool apart = testing::executor(executor).kind == ExecutorEntry::Kind::processes;
      if (apart && workload->state() == Workload::State::process) continue;
      for (const unsigned workers : {1U, 7U}) {
        SCOPED_TRACE(executor + " on " + std::to_string(workers) + ", capacity " + capacity);
        run(*workload, executor, executor == "serial" ? 1 : workers);
        seen += workload->tasks();
        EXPECT_EQ(workload->completed(), seen);
      }
    }
  }
}

TEST_P(EachQueue, SaysWhereItLies) {
  const auto workload = testing::built(queue_entry(), values({{"kind", GetParam()}, {"tasks", "0"}}), 3);
  if (!workload) GTEST_SKIP() << "without its library";
  const bool tbb = GetParam().starts_with("tbb");
  EXPECT_EQ(workload->state(), tbb ? Workload::State::process : Workload::State::shared);
  EXPECT_EQ(workload->completed(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Queue, EachQueue, ::testing::ValuesIn(queue_entry().parameters.front().choices),
                         [](const auto& info) { return info.param; });

TEST(Queue, CapacityIsNotForTbbPriority) {
  EXPECT_EQ(values({{"kind", "tbb_priority"}}).name(), "kind:tbb_priority/tasks:2000/items:10");
  EXPECT_EQ(complaint([] {
              (void)values({{"kind", "tbb_priority"}, {"capacity", "3"}});
            }),
            "--set=queue.capacity=3: only for queue.kind=fifo | lifo | priority | tbb_bounded");
}

/// Puts three items of task 0, then takes them: their indices, or what the queue said instead.
template <class Discipline>
std::string order() {
  SharedQueue<Discipline> queue(3);
  for (std::uint32_t i = 0; i < 3; ++i) queue.put({.task = 0, .index = i});
  std::string taken;
  const auto message = complaint([&] {
    for (int i = 0; i < 3; ++i) taken += std::to_string(queue.take().index);
  });
  return message.empty() ? taken : message;
}

TEST(Queue, KeepsItsOrder) {
  EXPECT_EQ(order<Fifo>(), "012");
  EXPECT_EQ(order<Lifo>(), "210");
  std::vector<Item> items{{.index = 0}, {.index = 1}, {.index = 2}};
  std::ranges::sort(items, std::greater<>(), Priority::priority);
  std::string sorted;
  for (const Item& item : items) sorted += std::to_string(item.index);
  EXPECT_EQ(order<Priority>(), sorted);
}

/// The oldest, and the others move down: right for nobody but Fifo.
template <class Discipline>
struct TakesTheOldest : Discipline {
  static Item take(const Inside& inside) {
    const Item oldest = inside.items.front();
    std::rotate(inside.items.begin(), inside.items.begin() + 1,
                inside.items.begin() + static_cast<std::ptrdiff_t>(inside.size()));
    return oldest;
  }
};

/// What lies second from the end.
template <class Discipline>
struct TakesAnother : Discipline {
  static Item take(const Inside& inside) {
    if (inside.size() > 1) std::swap(inside.items[inside.size() - 1], inside.items[inside.size() - 2]);
    return inside.items[inside.size() - 1];
  }
};

/// A ring whose taker skips one.
struct SkipsOne : Fifo {
  static Item take(const Inside& inside) { return inside.items[(inside.takes + 1) % inside.items.size()]; }
};

TEST(Queue, WrongOrderIsSeen) {
  EXPECT_EQ(order<SkipsOne>(), "item 1 of task 0 came out when it was not its turn: first in, first out");
  EXPECT_EQ(order<TakesTheOldest<Lifo>>(), "item 0 of task 0 came out when it was not its turn: last in, first out");
  EXPECT_EQ(order<TakesAnother<Lifo>>(), "item 1 of task 0 came out when it was not its turn: last in, first out");
  EXPECT_THAT(order<TakesAnother<Priority>>(), HasSubstr("not its turn: highest priority first"));
}

TEST(Queue, OrderOfEachPutterIsSeen) {
  EXPECT_TRUE(in_order_of_putters(std::vector<Item>{}));
  EXPECT_TRUE(in_order_of_putters(std::vector<Item>{{1, 5}, {0, 7}, {1, 6}, {0, 8}, {2, 0}}));
  EXPECT_FALSE(in_order_of_putters(std::vector<Item>{{1, 5}, {0, 7}, {1, 4}}));
  EXPECT_FALSE(in_order_of_putters(std::vector<Item>{{1, 5}, {0, 7}, {1, 5}}));
}

/// A queue that only a task's own look at its items can convict: it gives back an earlier item of the same task.
class Reverses {
 public:
  static constexpr bool kShared = true;
  static constexpr bool kOrderToCheck = true;
  explicit Reverses(std::size_t /*capacity*/) {}
  void put(const Item& item) { task_ = item.task; }
  Item take() { return {.task = task_, .index = 9 - taken_++}; }
  [[nodiscard]] std::size_t size() const { return 0; }

 private:
  std::uint32_t task_ = 0;
  std::uint32_t taken_ = 0;
};

TEST(Queue, TaskThatTakesInTheWrongOrderThrows) {
  const CountedItems<Reverses> reversed({.tasks = 1, .items = 10}, 3);
  std::vector<std::uint64_t> digests(1);
  EXPECT_EQ(complaint([&] { reversed.run(0, 1, digests); }), "task 0 took two items of one task in the wrong order");
}

/// Gives item 16 for item 17.
struct Mistakes : Fifo {
  static Item take(const Inside& inside) {
    Item item = Fifo::take(inside);
    if (item.task == 1 && item.index == 7) item.index = 6;
    return item;
  }
};

TEST(Queue, ItemTakenTwiceIsSeen) {
  CountedItems<SharedQueue<Mistakes>> twice({.tasks = 3, .items = 10, .capacity = 4}, 3);
  run(twice, "pool", 2);
  EXPECT_EQ(complaint_of_count(twice), "item 16 was taken 2 times in 1 batches");
  run(twice, "fork_pool", 2);
  EXPECT_EQ(complaint_of_count(twice), "item 16 was taken 4 times in 2 batches");
}

/// Counts as one what is never taken out.
class Leaves {
 public:
  static constexpr bool kShared = true;
  static constexpr bool kOrderToCheck = false;
  explicit Leaves(std::size_t /*capacity*/) {}
  void put(const Item& item) { item_ = item; }
  Item take() { return item_; }
  [[nodiscard]] std::size_t size() const { return 1; }

 private:
  Item item_;
};

TEST(Queue, ItemLeftInsideIsSeen) {
  CountedItems<Leaves> leaves({.tasks = 3, .items = 2}, 3);
  run(leaves, "serial", 1);
  EXPECT_EQ(complaint_of_count(leaves), "when all tasks were done, the queue held 1 items");
}

/// Both ends wait: a full queue for a taker, an empty one for a putter, in another process.
TEST(Queue, BlocksWhereItIsFullOrEmpty) {
  SharedQueue<Fifo> there(1);
  SharedQueue<Fifo> back(1);
  Child echo([&] {
    for (std::uint32_t i = 0; i < 100; ++i) back.put(there.take());
  });
  Child putter([&] {
    for (std::uint32_t i = 0; i < 100; ++i) there.put({.task = 0, .index = i});
  });
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(back.take().index, i);
  EXPECT_EQ(putter.reap(), std::nullopt);
  EXPECT_EQ(echo.reap(), std::nullopt);
  EXPECT_EQ(there.size() + back.size(), 0U);
}

}  // namespace
}  // namespace fanout
