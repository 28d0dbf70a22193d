// sched/drawn_applications_test.cpp: the partitioned applications that GrCUDA schedules on 2, 4 and
// 8 devices: where each kernel goes, and how many streams that takes.
#include <functional>
#include <sstream>

#include "sched/drawn_program.h"

namespace sennit {
namespace {

using Setup = DrawnProgram::Setup;
using Sizes = std::map<std::string, std::size_t>;

std::string for_each_part(int parts, const std::function<std::string(int)>& text) {
  std::string all;
  for (int p = 0; p < parts; ++p) all += text(p) + " ";
  return all;
}

// Each launch's device and its name without the part's number: {"mmul", 3}.
std::vector<std::pair<std::string, int>> placed(const DrawnProgram& program) {
  std::vector<std::pair<std::string, int>> all;
  std::istringstream names(program.names()), devices(program.devices());
  for (std::string name, device; names >> name && devices >> device;) {
    all.emplace_back(name.substr(0, name.find(':')), std::stoi(device));
  }
  return all;
}

// Runs the drawing with every combination, and checks each launch's device: `device` is given its
// name, how many of that name came before it, and the number of devices.
void expect(const std::string& program, const Sizes& sizes, const std::vector<std::string>& streams,
            const std::function<int(const std::string&, int, int)>& device,
            std::size_t stream_count) {
  for (const char* placement :
       {"min_transfer_size", "minmin_transfer_time", "minmax_transfer_time"}) {
    for (const int devices : {2, 4, 8}) {
      for (const std::string& policy : streams) {
        Setup setup;
        setup.streams = policy;
        setup.read_only = true;
        setup.placement = placement;
        setup.devices = devices;
        setup.own_memory = true;
        setup.bandwidth_matrix = SENNIT_SOURCE_DIR "/src/sched/testdata/8_gpus.csv";
        setup.elements = sizes;
        const DrawnProgram drawn(setup, program);
        std::map<std::string, int> before;
        for (const auto& [name, at] : placed(drawn)) {
          const int index = before[name]++;
          EXPECT_EQ(at, device(name, index, devices))
              << name << " number " << index << "; " << placement << ", " << policy << ", "
              << devices << " devices";
        }
        EXPECT_EQ(drawn.stream_count(), stream_count) << placement << ", " << policy;
      }
    }
  }
}

Sizes sized(int parts, std::string_view name, std::size_t elements) {
  Sizes sizes;
  for (int p = 0; p < parts; ++p) sizes[format("{}{}", name, p)] = elements;
  return sizes;
}

//   [square x] --.
//   [square y] --[reduce]     16 times
TEST(DrawnApplications, VecTakesTheDevicesInPairs) {
  constexpr int kParts = 16;
  const std::string program = for_each_part(kParts, [](int p) {
    return format("squarex:{0}(x{0}r,u{0}) squarey:{0}(y{0}r,v{0}) reduce:{0}(u{0}r,v{0}r,s{0})",
                  p);
  });
  expect(
      program, {},
      {"always_new+disjoint_parents", "reuse_idle+multigpu_early_disjoint",
       "always_new+multigpu_disjoint"},
      [](const std::string& name, int p, int devices) {
        return (2 * p + (name == "squarey" ? 1 : 0)) % devices;
      },
      2 * kParts);
}

//   [price]     24 times
TEST(DrawnApplications, BlackScholesTakesTheDevicesInTurn) {
  constexpr int kParts = 24;
  expect(
      for_each_part(kParts, [](int p) { return format("price:{0}(x{0}r,y{0})", p); }), {},
      {"always_new+disjoint_parents", "reuse_idle+multigpu_disjoint"},
      [](const std::string&, int p, int devices) { return p % devices; }, kParts);
}

//   [rr1] --> [rr11] in a chain --> [rr12] --> [rr2] --> [rr3] --> [soft1] --.
//   [nb1] ------------------------------------> [nb2] --> ... --> [soft2] --[argmax]
TEST(DrawnApplications, TheEnsembleKeepsEachPartWithItsData) {
  constexpr int kParts = 16;
  const std::string program =
      for_each_part(kParts, [](int p) { return format("rr1:{0}(x{0}r,m{0},t{0})", p); }) +
      for_each_part(kParts - 1,
                    [](int p) { return format("rr11:{0}(m0,t0,m{0}r,t{0}r)", p + 1); }) +
      for_each_part(kParts,
                    [](int p) {
                      return format("rr12:{0}(x{0}r,z{0},m0r,t0r) rr2:{0}(z{0}r,coefr,bothr)", p);
                    }) +
      "rr3(both,interceptr) " +
      for_each_part(kParts, [](int p) { return format("nb1:{0}(x{0}r,logpr,oner)", p); }) +
      "nb2(one,amax) nb3(oner,amaxr,l) nb4(one,lr) soft1(one) soft2(both) argmax(oner,bothr,out)";
  expect(
      program, sized(kParts, "x", 100), {"always_new+multigpu_disjoint"},
      [](const std::string& name, int p, int devices) {
        const bool by_part = name == "rr1" || name == "rr12" || name == "rr2" || name == "nb1";
        return by_part ? p % devices : 0;
      },
      3 * kParts - 1);
}

//   [condition] --> [residual] --> [copy p] --> [norm]
//   then three times: [mmul] of each part --> [dot] sync, [x += p], [r -= y] --> [norm] sync, [p]
TEST(DrawnApplications, ConjugateGradientMultipliesWhereTheRowsAre) {
  constexpr int kParts = 16;
  std::string program =
      for_each_part(kParts, [](int p) { return format("condition:{0}(A{0})", p); }) +
      for_each_part(kParts, [](int p) { return format("residual:{0}(A{0}r,xr,br,gr)", p); }) +
      "copy(p,g) norm(gr,t1)";
  for (int i = 0; i < 3; ++i) {
    program += for_each_part(kParts, [](int p) { return format("mmul:{0}(A{0}r,pr,yr)", p); }) +
               "dot(pr,y,t2) sync(t1) sync(t2) addx(x,pr) addg(g,yr) norm(gr,t1) sync(t1) "
               "addp(p,gr) ";
  }
  expect(
      program, sized(kParts, "A", 1000),
      {"always_new+disjoint_parents", "always_new+multigpu_disjoint"},
      [](const std::string& name, int index, int devices) {
        const bool by_part = name == "condition" || name == "residual" || name == "mmul";
        return by_part ? index % kParts % devices : 0;
      },
      4 * (kParts + 1));
}

//   [mmul] --> [copy]     of each part, the copies one after the other
TEST(DrawnApplications, MatrixVectorProductTakesAStreamForEachPart) {
  constexpr int kParts = 16;
  const std::string program =
      for_each_part(kParts, [](int p) { return format("mmul:{0}(x{0}r,yr,z{0})", p); }) +
      for_each_part(kParts, [](int p) { return format("copy:{0}(z{0}r,out)", p); });
  expect(
      program, sized(kParts, "x", 200), {"always_new+disjoint_parents"},
      [](const std::string&, int p, int devices) { return p % devices; }, kParts);
}

}  // namespace
}  // namespace sennit
