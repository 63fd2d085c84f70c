#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <system_error>

#include "acrtc/base/error.hpp"
#include "command.hpp"
#include "leaving.hpp"
#include "program.hpp"

using namespace acrtc;

namespace {

constexpr const char* out_of_memory =
    "cannot go on (the system gives no more memory); use a smaller train.batch, or fewer ranks a host?";

constexpr unsigned usual_start_seconds = 600;  // thousands of ranks on a slow file system are loaded by then
constexpr unsigned most_start_seconds = 1'000'000;

/// That ranks may take to find each other: no configuration is read before they have. The environment may say another
/// number; nothing where what it says is none.
std::optional<unsigned> start_seconds() {
  const char* text = std::getenv("ACRTC_START_SECONDS");
  if (!text) return usual_start_seconds;
  const char* end = text + std::strlen(text);
  unsigned seconds = 0;
  const auto [stop, error] = std::from_chars(text, end, seconds);
  return error == std::errc{} && stop == end && seconds <= most_start_seconds ? std::optional(seconds) : std::nullopt;
}

/// Once there is a communicator, by which one rank can tell for all.
void check_start_seconds() {
  if (start_seconds()) return;
  const std::string said = std::getenv("ACRTC_START_SECONDS");
  throw UserError("cannot use ACRTC_START_SECONDS",
                  "'" + said + "' is no whole number in 0.." + std::to_string(most_start_seconds),
                  "say 0 to wait for any time");
}

/// Ends this rank with `status`, or the whole job where no other rank knows of the error.
int fail(const comm::Communicator& ranks, const std::string& what, int status) {
  const std::string who = ranks.size() > 1 ? "[rank " + std::to_string(ranks.rank()) + "] " : "";
  std::fprintf(stderr, "acrtc: error: %s%s\n", who.c_str(), what.c_str());
  std::fflush(nullptr);
  if (ranks.size() > 1) ranks.abort(status);
  return status;
}

int fail_internally(const comm::Communicator& ranks, const std::exception& error) {
  return fail(ranks, std::string("internal: ") + error.what(), app::status_internal_error);
}

/// Throws UserError where not all that was printed could be written, as on a full disk.
void finish_printing() {
  errno = 0;
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return;
  throw UserError("cannot write to standard output", errno ? std::strerror(errno) : "a part of it was lost");
}

/// What the system refuses the program is no mistake in it.
std::string system_problem(const std::system_error& error) {
  if (error.code() == std::errc::resource_unavailable_try_again) return out_of_memory;  // a thread
  const std::string why = error.code().message();
  if (std::ferror(stdout)) return UserError("cannot write to standard output", why).what();
  if (const auto* about_file = dynamic_cast<const std::filesystem::filesystem_error*>(&error))
    return UserError("cannot use '" + about_file->path1().string() + "'", why).what();
  return UserError("cannot go on", error.what()).what();
}

/// Ends this rank with `status`; all others do the same.
int fail_alike(const comm::Communicator& ranks, const std::string& what, int status) {
  if (ranks.rank() == 0) std::fprintf(stderr, "acrtc: error: %s\n", what.c_str());
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  // 1. Be ready for signals, which may come before there is a run to leave, and start MPI: one rank without mpirun.
  //    Freed memory stays with the program: every step asks for the same again, and handing it back to the system in
  //    between costs a tenth of a small network's step.
  app::count_signals_to_leave();
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  comm::Session session(argc, argv,
                        {.seconds = start_seconds().value_or(usual_start_seconds), .status = app::status_hang});
  const app::Surroundings surroundings = app::look_around(argc, argv);
  const comm::Communicator& ranks = surroundings.ranks;
  try {
    // 2. Read what the environment says, and the command line.
    ranks.fail_together(check_start_seconds);
    app::Program program;
    if (const auto status = program.parse(argc, argv, ranks)) {
      finish_printing();
      return *status;
    }

    // 3. Check everything before anything is done; one rank's mistake is everybody's. Reading data may take long, or
    //    for ever: the ranks are watched from before.
    ranks.fail_together([&] { program.command().read(); });
    program.command().watch(surroundings);
    ranks.fail_together([&] { program.command().prepare(surroundings); });

    // 4. Run, and leave while the command still watches the ranks: one that stops now would hold up all others.
    const int status = program.command().run(surroundings);
    finish_printing();
    session.end();
    return status;
  } catch (const comm::SharedError& error) {
    return fail_alike(ranks, error.what(), app::status_user_error);
  } catch (const UserError& error) {
    return fail(ranks, error.what(), app::status_user_error);
  } catch (const std::bad_alloc&) {
    return fail(ranks, out_of_memory, app::status_user_error);
  } catch (const std::system_error& error) {
    return fail(ranks, system_problem(error), app::status_user_error);
  } catch (const std::exception& error) {
    return fail_internally(ranks, error);
  }
}
