// kernel/binary_cache_test.cpp: what comes back from the disk, and what does not.

#include "kernel/binary_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/log.h"
#include "kernel/stored_access.h"

namespace sennit {
namespace {

namespace fs = std::filesystem;

Image image(const std::string& text, std::string log = "") {
  Image result;
  for (const char c : text) result.bytes.push_back(static_cast<std::byte>(c));
  result.log = std::move(log);
  return result;
}
std::string text(const std::optional<Image>& found) {
  if (!found) return "miss";
  std::string result;
  for (const std::byte byte : found->bytes) result += static_cast<char>(byte);
  return result;
}
CacheKey key(const std::string& source = "source") {
  return {{source, "kernel.cu", {"k"}, {"-DN=4"}}, "included", "cpu", "x86-64", "clang 19"};
}

class BinaryCacheTest : public testing::Test {
 protected:
  BinaryCacheTest() {
    folder_ = testing::TempDir() + "sennit_cache_" + std::to_string(::getpid());
    fs::remove_all(folder_);
    set_log_sink(
        [](void* user, LogLevel, const char* message) {
          static_cast<BinaryCacheTest*>(user)->log_ += std::string(message) + "\n";
        },
        this, LogLevel::Warning);
  }
  ~BinaryCacheTest() override {
    set_log_sink(nullptr, nullptr, LogLevel::Warning);
    std::error_code error;
    fs::permissions(folder_, fs::perms::owner_all, error);
    fs::remove_all(folder_, error);
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder_)) paths.push_back(entry.path());
    return paths;
  }

  std::string folder_;
  std::string log_;
};

TEST_F(BinaryCacheTest, GivesBackWhatWasStored) {
  BinaryCache cache(folder_, 1 << 20);
  EXPECT_EQ(text(cache.load(key())), "miss");
  cache.store(key(), image("code", "a warning"));
  EXPECT_EQ(text(cache.load(key())), "code");
  EXPECT_EQ(cache.load(key())->log, "a warning");
  BinaryCache later(folder_, 1 << 20);
  EXPECT_EQ(text(later.load(key())), "code");
  cache.store(key(), image("newer"));
  EXPECT_EQ(text(later.load(key())), "newer");
  EXPECT_EQ(files().size(), 1u);
  EXPECT_EQ(log_, "");
}

// With a value of its own in every member.
std::vector<KernelAccess> some_access() {
  ParameterUse x;
  x.is_pointer = x.reads = x.escapes = true;
  x.read = {"ld.global.f32 %f1, [%rd1]", "k.cu:3"};
  x.escape = {"st.global.u64 [%rd2], %rd1", ""};
  ParameterUse y;
  y.writes = y.reads_old_contents = true;
  y.write = {"st.f32 [%rd2], %f1", "k.cu:4"};
  y.old_contents = {"ld.f32 %f1, [%rd2]", "k.cu:5"};
  VariableUse counter{"counter", true, false, {"ld", "a"}, {}};
  VariableUse tally{"tally", false, true, {}, {"st", "b"}};
  return {{"scale<float, 4>", {x, y, {}}, {counter, tally}, true, {"st [%rd3]", "k.cu:6"}},
          {"empty", {}, {}, false, {}}};
}

TEST_F(BinaryCacheTest, GivesBackWhatItsKernelsDoToMemory) {
  BinaryCache cache(folder_, 1 << 20);
  Image stored = image("code", "a warning");
  stored.access = some_access();
  cache.store(key(), stored);
  const auto found = cache.load(key());
  ASSERT_TRUE(found);
  EXPECT_EQ(text(found), "code");
  EXPECT_EQ(found->log, "a warning");
  ASSERT_EQ(found->access.size(), 2u);
  const KernelAccess& scale = found->access[0];
  EXPECT_EQ(scale.kernel, "scale<float, 4>");
  ASSERT_EQ(scale.parameters.size(), 3u);
  EXPECT_TRUE(scale.parameters[0].is_pointer && scale.parameters[0].reads &&
              scale.parameters[0].escapes && !scale.parameters[0].writes);
  EXPECT_TRUE(scale.parameters[1].writes && scale.parameters[1].reads_old_contents);
  EXPECT_EQ(scale.parameters[1].old_contents.source, "k.cu:5");
  ASSERT_EQ(scale.variables.size(), 2u);
  EXPECT_EQ(scale.variables[1].name, "tally");
  EXPECT_TRUE(scale.variables[1].writes && !scale.variables[1].reads);
  EXPECT_TRUE(scale.touches_untracked);
  EXPECT_EQ(scale.untracked.instruction, "st [%rd3]");
  // All of it, in both directions.
  EXPECT_EQ(store_access(found->access), store_access(some_access()));
}

TEST(StoredAccess, WhatIsCutOrChangedIsRefusedOrReadAsSomethingElse) {
  const std::string whole = store_access(some_access());
  ASSERT_TRUE(load_access(whole));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(load_access(whole.substr(0, i))) << "the first " << i << " bytes";
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x80);
    const auto read = load_access(changed);
    if (read) {
      EXPECT_EQ(store_access(*read), changed) << "byte " << i;
    }
  }
  EXPECT_FALSE(load_access(whole + "x"));
}

TEST_F(BinaryCacheTest, EveryFieldOfTheKeyCounts) {
  BinaryCache cache(folder_, 1 << 20);
  cache.store(key(), image("code"));
  std::vector<CacheKey> others(10, key());
  others[0].request.source += " ";
  others[1].request.source_name = "other.cu";
  others[2].request.names = {"k", "j"};
  others[3].request.names = {"kk"};
  others[4].request.options = {"-DN=5"};
  others[5].request.options = {"-D", "N=4"};
  others[6].included = "";
  others[7].backend = "cuda";
  others[8].architecture = "sm_90";
  others[9].compiler = "clang 20";
  for (const CacheKey& other : others) EXPECT_EQ(text(cache.load(other)), "miss");
}

// A hash that collides must not run another kernel's code.
TEST_F(BinaryCacheTest, AnEntryUnderTheWrongNameIsAMiss) {
  BinaryCache cache(folder_, 1 << 20);
  cache.store(key("a"), image("code of a"));
  const fs::path a = files()[0];
  cache.store(key("b"), image("code of b"));
  for (const fs::path& path : files()) {
    if (path != a) fs::copy_file(a, path, fs::copy_options::overwrite_existing);
  }
  EXPECT_EQ(text(cache.load(key("b"))), "miss");
  EXPECT_EQ(text(cache.load(key("a"))), "code of a");
}

TEST_F(BinaryCacheTest, ACorruptedOrTruncatedEntryIsAMissAndIsReplaced) {
  BinaryCache cache(folder_, 1 << 20);
  Image stored = image("code", "log");
  stored.access = some_access();
  cache.store(key(), stored);
  const fs::path path = files()[0];
  std::ifstream stream(path, std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(stream), {});
  const auto write = [&](const std::string& contents) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << contents;
  };
  for (std::size_t i = 0; i < whole.size(); i += 3) {
    std::string corrupted = whole;
    corrupted[i] = static_cast<char>(corrupted[i] ^ 1);
    write(corrupted);
    ASSERT_EQ(text(cache.load(key())), "miss") << "byte " << i;
    write(whole.substr(0, i));
    ASSERT_EQ(text(cache.load(key())), "miss") << "the first " << i << " bytes";
  }
  write(whole + "x");
  EXPECT_EQ(text(cache.load(key())), "miss");
  cache.store(key(), image("code"));
  EXPECT_EQ(text(cache.load(key())), "code");
}

TEST_F(BinaryCacheTest, RemovesWhatWasNotUsedForLongest) {
  const Image large = image(std::string(1000, 'x'));
  BinaryCache cache(folder_, 8000);
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (int i = 0; i < 6; ++i) {
    cache.store(key(std::to_string(i)), large);
    // As if each had been stored an hour after the one before.
    for (const fs::path& path : files()) {
      if (fs::last_write_time(path) > old + std::chrono::hours(12)) {
        fs::last_write_time(path, old + std::chrono::hours(i));
      }
    }
  }
  EXPECT_NE(text(cache.load(key("0"))), "miss");  // used just now
  cache.store(key("6"), large);
  cache.store(key("7"), large);
  EXPECT_EQ(text(cache.load(key("1"))), "miss");
  EXPECT_NE(text(cache.load(key("0"))), "miss");
  EXPECT_NE(text(cache.load(key("7"))), "miss");
  std::uintmax_t total = 0;
  for (const fs::path& path : files()) total += fs::file_size(path);
  EXPECT_LE(total, 8000u);
}

TEST_F(BinaryCacheTest, RemovesWhatDeadProcessesLeft) {
  BinaryCache cache(folder_, 1 << 20);
  cache.store(key(), image("code"));
  const fs::path left = fs::path(folder_) / ".new-1-1";
  std::ofstream(left) << "half";
  cache.store(key("b"), image("code"));
  EXPECT_TRUE(fs::exists(left));  // its writer may be alive
  fs::last_write_time(left, fs::file_time_type::clock::now() - std::chrono::hours(2));
  cache.store(key("c"), image("code"));
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(BinaryCacheTest, ItsFolderBelongsToTheUserAlone) {
  BinaryCache cache(folder_ + "/a/b", 1 << 20);
  cache.store(key(), image("code"));
  struct stat status{};
  ASSERT_EQ(::stat((folder_ + "/a/b").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(BinaryCacheTest, AFolderThatOthersCanWriteIsNotUsed) {
  fs::create_directories(folder_);
  ::chmod(folder_.c_str(), 0777);
  BinaryCache cache(folder_, 1 << 20);
  cache.store(key(), image("code"));
  EXPECT_EQ(text(cache.load(key())), "miss");
  EXPECT_NE(log_.find("can be written by other users"), std::string::npos) << log_;
}

TEST_F(BinaryCacheTest, WhatGoesWrongIsLoggedOnce) {
  std::ofstream(folder_) << "a file where the folder should be";
  BinaryCache cache(folder_, 1 << 20);
  cache.store(key(), image("code"));
  cache.store(key(), image("code"));
  EXPECT_EQ(text(cache.load(key())), "miss");
  EXPECT_EQ(log_, "compiled kernels are not cached: " + folder_ + " is no folder\n");
}

TEST_F(BinaryCacheTest, WithoutAFolderNothingIsCached) {
  BinaryCache cache("", 1 << 20);
  cache.store(key(), image("code"));
  EXPECT_EQ(text(cache.load(key())), "miss");
  EXPECT_EQ(log_, "");
}

TEST_F(BinaryCacheTest, ThreadsAndProcessesSeeWholeEntriesOnly) {
  // Each writer's image says which key it is of.
  const auto work = [this](unsigned seed) {
    BinaryCache cache(folder_, 20000);
    bool fine = true;
    for (unsigned i = 0; i < 200; ++i) {
      const std::string name = std::to_string((i * 7 + seed) % 5);
      const std::string code(500 + (i + seed) % 900, name[0]);
      cache.store(key(name), image(code));
      const auto found = cache.load(key(name));
      if (found && text(found).find_first_not_of(name[0]) != std::string::npos) fine = false;
    }
    return fine;
  };
  std::vector<pid_t> children;
  for (unsigned i = 0; i < 2; ++i) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work(i) ? 0 : 1);
    children.push_back(child);
  }
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (unsigned i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] { wrong += work(i + 10) ? 0 : 1; });
  }
  for (std::thread& thread : threads) thread.join();
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ(wrong, 0);
  for (const fs::path& path : files()) EXPECT_EQ(path.extension(), ".image") << path;
  EXPECT_EQ(log_, "");
}

}  // namespace
}  // namespace sennit
