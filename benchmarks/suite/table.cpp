#include "table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace suite {
namespace {

constexpr const char* kColumns[] = {
    "sennit-replay", "sennit-naive", "sennit-serial", "sennit-inline", "serial",
    "events",        "graph-api",    "graph-capture", "bound",         "bound-link"};

// The median of a / b, pair by pair; NaN if either was not run.
double ratio(const std::vector<double>* a, const std::vector<double>* b) {
  if (a == nullptr || b == nullptr) return NAN;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(a->size(), b->size()); ++i) {
    ratios.push_back((*a)[i] / (*b)[i]);
  }
  return ratios.empty() ? NAN : median(ratios);
}

const Contender* find(const std::vector<Contender>& contenders, const std::string& name) {
  const auto found = std::find_if(contenders.begin(), contenders.end(),
                                  [&](const Contender& each) { return each.name == name; });
  return found == contenders.end() ? nullptr : &*found;
}

struct Ratios {
  double over_serial, over_events, over_best, events_over_serial;
};

// Prints a row of `times` in units of `unit_us`.
Ratios print_row(const std::string& name, std::int64_t size,
                 const std::vector<Contender>& contenders, std::vector<double> Contender::* times,
                 double unit_us) {
  const auto times_of = [&](const char* column) -> const std::vector<double>* {
    const Contender* contender = find(contenders, column);
    return contender == nullptr ? nullptr : &(contender->*times);
  };
  std::printf("%-17s %10lld", name.c_str(), static_cast<long long>(size));
  const std::vector<double>* best = nullptr;
  for (const char* column : kColumns) {
    const Contender* contender = find(contenders, column);
    if (contender == nullptr || (contender->*times).empty()) {
      std::printf(" %13s", "-");
      continue;
    }
    const std::vector<double>& values = contender->*times;
    const double value = median(values) / unit_us;
    std::printf(" %12.*f%c", value < 100 ? 3 : 1, value, contender->verified ? ' ' : '!');
    if (contender->is_rival && (best == nullptr || median(values) < median(*best))) best = &values;
  }
  const std::vector<double>* ours = times_of("sennit-naive");
  const std::vector<double>* serial =
      times_of("serial") != nullptr ? times_of("serial") : times_of("sennit-serial");
  const std::vector<double>* events = times_of("events");
  const Ratios ratios{ratio(ours, serial), ratio(ours, events), ratio(ours, best),
                      ratio(events, serial)};
  for (const double value : {ratios.over_serial, ratios.over_events, ratios.over_best}) {
    if (std::isnan(value)) {
      std::printf(" %8s", "-");
    } else {
      std::printf(" %8.3f", value);
    }
  }
  std::printf("\n");
  std::fflush(stdout);
  return ratios;
}

}  // namespace

void Table::GeometricMean::add(double value) {
  if (std::isnan(value)) return;
  logarithms_ += std::log(value);
  ++count_;
}

double Table::GeometricMean::value() const {
  return count_ == 0 ? NAN : std::exp(logarithms_ / count_);
}

void Table::heading(const std::string& device) const {
  std::printf("%s: medians in us, and sennit-naive's over serial's, events' and the best rival's\n",
              device.c_str());
  std::printf("%-17s %10s", "", "size");
  for (const char* column : kColumns) std::printf(" %13s", column);
  std::printf(" %8s %8s %8s\n", "/serial", "/events", "/best");
}

void Table::row(Kind kind, const Problem& problem, const std::vector<Contender>& contenders) {
  const double unit_us = kind == Kind::kTasks ? static_cast<double>(problem.size) : 1;
  const Ratios ratios =
      print_row(problem.benchmark, problem.size, contenders, &Contender::times_us, unit_us);
  if (kind == Kind::kTasks) {
    print_row("  submitted", problem.size, contenders, &Contender::submit_us, unit_us);
  }
  if (kind != Kind::kApplication) return;
  serial_over_ours_.add(1 / ratios.over_serial);
  serial_over_events_.add(1 / ratios.events_over_serial);
  ours_over_events_.add(ratios.over_events);
  ours_over_best_.add(ratios.over_best);
}

void Table::means() const {
  std::printf(
      "\nGeometric means of the applications: speedup over serial of sennit-naive %.3f, of events "
      "%.3f;\nsennit-naive over events %.3f, over the best rival %.3f. A ! marks a wrong "
      "answer.\n",
      serial_over_ours_.value(), serial_over_events_.value(), ours_over_events_.value(),
      ours_over_best_.value());
}

}  // namespace suite
