#include "acrtc/record/gemm_file.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "acrtc/base/error.hpp"

namespace acrtc::record {
namespace {

using store::Dataset;
using store::Group;

void list_gemms(const Group& group, const std::string& path, std::vector<std::string>& out) {
  if (!path.empty() && group.contains("A") && group.contains("B")) out.push_back(path);
  for (const std::string& name : group.groups())
    list_gemms(group.group(name), path.empty() ? name : path + "/" + name, out);
}

Matrix read_matrix(const Group& group, const char* name) {
  if (!group.contains(name))
    throw UserError(group.describe() + " holds no GEMM", "it has no dataset '" + std::string(name) + "'");
  const Dataset dataset = group.dataset(name);
  const std::vector<std::int64_t> shape = dataset.shape();
  if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1)
    throw UserError("cannot read " + dataset.describe(), "it is no matrix");
  return {shape[0], shape[1], dataset.read<float>()};
}

void write_matrix(Group& group, const char* name, const Matrix& matrix) {
  group.create(name, std::span<const float>(matrix.values), {matrix.rows, matrix.cols});
}

/// Nothing is guessed: counts of another window, say, would look as good.
template <class T>
T attribute(const Group& group, const char* name) {
  if (!group.has_attribute(name))
    throw UserError("cannot run the GEMM in " + group.describe(), "it has no attribute '" + std::string(name) + "'",
                    "give it format, window, lanes, supply, granularity and strength");
  return group.attribute_as<T>(name);
}

reuse::Format read_format(const Group& group) {
  const auto format = attribute<std::string>(group, "format");
  try {
    return reuse::parse_format(format);
  } catch (const UserError& error) {
    throw UserError("cannot run the GEMM in " + group.describe(), error.what());
  }
}

reuse::Strength read_strength(const Group& group, reuse::Format format) {
  const auto level = attribute<std::int64_t>(group, "strength");
  const int most = reuse::mantissa_bits(format);
  if (level < reuse::Strength::off().level || level > most)
    throw UserError("cannot run the GEMM in " + group.describe(),
                    "its strength is " + std::to_string(level) + ", the largest level in " + reuse::name(format) +
                        " is " + std::to_string(most),
                    "take 0 to " + std::to_string(most) + ", or -1 for dense");
  return {static_cast<int>(level)};
}

Group make_group(store::File& file, const std::string& path) {
  Group group = file.root();
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    group = group.contains(name) ? group.group(name) : group.create_group(name);
    begin = end + 1;
  }
  return group;
}

std::string shape_text(const Matrix& matrix) { return std::to_string(matrix.rows) + "x" + std::to_string(matrix.cols); }

Group write_problem(store::File& file, const GemmProblem& problem) {
  Group group = make_group(file, problem.name);
  write_matrix(group, "A", problem.a);
  write_matrix(group, "B", problem.b);
  group.set_attribute("format", std::string(reuse::name(problem.format)));
  group.set_attribute("window", problem.window);
  group.set_attribute("lanes", problem.lanes);
  group.set_attribute("supply", problem.supply);
  group.set_attribute("granularity", problem.granularity);
  group.set_attribute("strength", std::int64_t{problem.strength.level});
  return group;
}

}  // namespace

std::vector<std::string> gemm_names(const store::File& file) {
  std::vector<std::string> names;
  list_gemms(file.root(), "", names);
  if (names.empty())
    throw UserError("'" + file.path().string() + "' holds no GEMM", "no group has datasets 'A' and 'B'",
                    "give each GEMM a group with both");
  return names;
}

GemmProblem read_gemm(const store::File& file, const std::string& name) {
  const Group group = file.root().group(name);
  GemmProblem problem;
  problem.name = name;
  problem.a = read_matrix(group, "A");
  problem.b = read_matrix(group, "B");
  if (problem.a.cols != problem.b.rows)
    throw UserError("the operands in " + group.describe() + " do not fit",
                    "A is " + shape_text(problem.a) + ", B is " + shape_text(problem.b));
  problem.format = read_format(group);
  problem.window = attribute<std::int64_t>(group, "window");
  problem.lanes = attribute<std::int64_t>(group, "lanes");
  problem.supply = attribute<std::int64_t>(group, "supply");
  problem.granularity = attribute<std::string>(group, "granularity");
  problem.strength = read_strength(group, problem.format);
  return problem;
}

void write_gemm(store::File& file, const GemmProblem& problem) { write_problem(file, problem); }

void write_gemm(store::File& file, const GemmProblem& problem, const GemmOutcome& outcome) {
  Group group = write_problem(file, problem);
  write_matrix(group, "A_reused", outcome.a_reused);
  write_matrix(group, "C", outcome.c);
  for (const reuse::CountField& field : reuse::count_fields)
    group.set_attribute(field.name, static_cast<std::int64_t>(outcome.count.*field.member));
  group.set_attribute("adds_dense", static_cast<std::int64_t>(outcome.count.mults_dense));
}

}  // namespace acrtc::record
