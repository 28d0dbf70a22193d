// sched/replay/recogniser.h: finds the sequences that repeat in what a program submits, and says
// what to hold back for them.
//
// It sees one number for each operation, its fingerprint (fingerprint.h), and where the host waits
// (`cut`). What it sees falls into laps: the times around a loop, waits included, or, outside
// loops, what stands between two waits. Two things make a sequence known:
//
//   a period    the last p operations are the same as the p before them: the body of a loop,
//               unrolled if it is short
//   a segment   what stands between two cuts was seen before
//
// Known sequences are paths of one tree. While the laps are such that it is asked for advice, an
// operation that continues a path from the tree's root is
// held back; at the end of a path the sequence is complete. A path ends where no longer sequence
// goes on.
//
// A recogniser only says when to hold back and when to run: that what it takes for the same is not
// costs time, never the result. Design: docs/design/replay.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sennit {

class Recogniser {
 public:
  struct Limits {
    std::size_t longest = 10'000;              // operations of a sequence
    std::size_t unrolled = 512;                // a shorter loop is unrolled to about so many
    std::size_t nodes = std::size_t{1} << 16;  // of the tree; all is forgotten beyond
  };

  enum class Advice : std::uint8_t {
    Issue,            // the operation belongs to nothing known: run what is held, then it
    Hold,             // it goes on with what is held
    Restart,          // run what is held; the operation may start another sequence: hold it
    Complete,         // hold it, then run all that is held: a known sequence
    RestartComplete,  // likewise, of itself alone, after what is held
  };

  Recogniser() : Recogniser(Limits{}) {}
  explicit Recogniser(Limits limits);

  // Called for each operation.
  void add(std::uint64_t fingerprint);
  // Of the operation that was added last. To be asked for each one, or for none of a lap.
  Advice advice();
  // What comes next does not belong to what was. Two in a row are one.
  void cut();
  // So many operations will not be added: there is nothing to be found.
  void pause(std::uint64_t operations);
  // To be asked before each operation: true if it is one of those.
  bool is_pausing() { return pause_ > 0 && pause_-- > 0; }

  // Whether a lap began with the operation that was added last; which one, by its number; and
  // whether the lap before had its end there, or was left for another.
  bool began_lap() const { return began_lap_; }
  std::uint64_t lap() const { return lap_; }
  bool ended_lap() const { return ended_lap_; }

  // Sequences that were made known, and forgotten ones do not count.
  std::size_t known() const { return known_; }

 private:
  static constexpr std::size_t kGram = 4;  // operations that make a candidate for a period
  static constexpr std::uint32_t kRoot = 0;
  static constexpr std::uint32_t kNone = 0xffffffffu;

  struct Seen {
    std::uint32_t tag = 0;
    std::uint32_t position = 0;
  };
  struct Edge {
    std::uint64_t key = 0;  // 0: free
    std::uint32_t child = 0;
  };

  std::uint64_t& at(std::uint64_t position) { return history_[position & mask_]; }
  void begin_lap_if_due(std::uint64_t fingerprint);
  void follow(std::uint64_t fingerprint);
  void find_period();
  void learn_period();
  void end_segment();
  void insert(std::span<const std::uint64_t> sequence);
  std::uint32_t child_of(std::uint32_t node, std::uint64_t fingerprint) const;
  void add_edge(std::uint32_t node, std::uint64_t fingerprint, std::uint32_t child);
  void forget_all();

  const Limits limits_;
  // What was submitted, newest last; a cut is one entry.
  std::vector<std::uint64_t> history_;
  std::uint64_t mask_;
  std::uint64_t next_ = 0;           // position of the next entry
  std::uint64_t segment_begin_ = 0;  // position behind the newest cut
  // The period that the newest entries repeat, and for how many of them that holds.
  std::uint64_t period_ = 0;
  std::uint64_t run_ = 0;
  // Of the loop that has this period, once it went around twice.
  std::uint64_t loop_ = 0;         // its number, wherever it is entered
  std::uint64_t next_turn_ = 0;    // position of the entry that begins its next lap
  std::uint64_t turn_length_ = 0;  // entries of a lap
  std::uint64_t lap_ = 0;
  bool lap_is_of_loop_ = false;
  bool lap_is_whole_ = false;  // so far it is what it was taken for
  bool lap_was_cut_ = false;   // of one outside loops: it must end there
  bool began_lap_ = false;
  bool ended_lap_ = false;
  std::uint64_t pause_ = 0;
  std::vector<Seen> grams_;              // by hash: where kGram entries stood last
  std::vector<std::uint64_t> segments_;  // by hash: of segments
  std::vector<std::uint64_t> scratch_;
  // The tree: node 0 is its root.
  std::vector<Edge> edges_;
  std::vector<std::uint8_t> has_children_;  // by node
  std::uint32_t place_ = kRoot;             // where the held operations lead
  std::size_t known_ = 0;
};

}  // namespace sennit
