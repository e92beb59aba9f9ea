// record: a node's readings at 10 Hz, through the consoles' own watch, into a file that busbar-replay plays.
#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/interrupt.h"
#include "busbarctl/output/recorder.h"
#include "busbarctl/output/recording_file.h"

#include "base/ids.h"

#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>

namespace busbar::ctl {
namespace {

constexpr int kLongestSeconds = 24 * 3'600;
constexpr int kPeriodMs = 1'000; ///< of the fleet's own columns, which bring the events
constexpr std::chrono::milliseconds kAskEvery(250);
constexpr std::chrono::seconds kFirstValues(5); ///< how long the first values may take

struct RecordOptions {
    std::string id, until, out;
    int hz = 10, seconds = 0;
};

/// Decides on the watch's own thread when enough was recorded.
class Ending {
public:
    Ending(SiteLink& link, std::string until, int seconds) : m_link(link), m_until(std::move(until)), m_length(seconds == 0 ? kLongestSeconds : seconds) {}

    /// `begun`: values have come; an action that is over sooner still gets its picture.
    bool goOn(bool begun) {
        const auto now = std::chrono::steady_clock::now();
        if (interrupted()) return stop("interrupted");
        if (now - m_start >= m_length) return stop(fmt::format("{} s are over", m_length.count()));
        if (m_until.empty() || now < m_nextAsk || (!begun && now - m_start < kFirstValues)) return true;
        m_nextAsk = now + kAskEvery;
        const auto action = m_link.action(m_until);
        // A controller that does not answer now may do so later; one that knows no such action never will.
        if (absl::IsNotFound(action.status()) || absl::IsInvalidArgument(action.status()) || absl::IsPermissionDenied(action.status())) {
            m_failed = action.status();
            return stop(std::string(sentenceOf(m_failed)));
        }
        return !action.ok() || !isFinal(action->state) || stop(fmt::format("action {} {}", m_until, toString(action->state)));
    }
    const std::string& why() const { return m_why; }
    const Status& failed() const { return m_failed; }

private:
    bool stop(std::string why) {
        m_why = std::move(why);
        return false;
    }

    SiteLink& m_link;
    const std::string m_until;
    const std::chrono::seconds m_length;
    const std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point m_nextAsk;
    std::string m_why;
    Status m_failed;
};

Status record(SiteLink& link, const NodeDetail& node, const RecordOptions& options, RecordingFile& file, Context& context) {
    const InterruptGuard guard;
    Status written;
    Recorder recorder(node, 1'000 / options.hz, [&](const Json& line) { written.Update(file.add(line)); });
    Ending ending(link, options.until, options.seconds);
    WatchInterest interest;
    interest.columns = {Metric::lastXid};
    interest.periodMs = kPeriodMs;
    interest.watchedNodes = {node.id};
    std::atomic<bool> broken{false}, begun{false};
    Status ended = link.watch(
        interest,
        [&](const WatchBatch& batch) {
            recorder.take(batch);
            begun = recorder.changes() > 0;
            broken = !recorder.trouble().ok() || !written.ok();
        },
        [&] { return !broken && ending.goOn(begun); });
    for (const Status& status : {recorder.trouble(), ending.failed()}) ended.Update(status);
    if (ended.ok() && recorder.changes() == 0) ended = unavailable("{} sent no value: its agent may be lost (see: busbarctl node {})", node.id, node.id);
    recorder.end(ended.ok() ? ending.why() : std::string(sentenceOf(ended)));
    written.Update(file.close());
    if (!written.ok()) return written;
    if (!ended.ok()) return ended;
    if (context.json())
        context.print(Json{{"file", options.out}, {"node", node.id}, {"source", toString(node.source)}, {"changes", recorder.changes()}, {"seconds", static_cast<double>(recorder.lastMs()) / 1000}, {"ended", ending.why()}});
    else
        context.print(fmt::format("{}: {} changes of {} ({}) in {:.1f} s; {}\n", options.out, recorder.changes(), node.id, toString(node.source), static_cast<double>(recorder.lastMs()) / 1000, ending.why()));
    return absl::OkStatus();
}

Exit run(Context& context, const RecordOptions& options) {
    const auto parsed = NodeId::parse(options.id);
    if (!parsed.ok()) return Context::fail(parsed.status());
    if (options.seconds == 0 && options.until.empty()) return Context::fail(invalid("say how long: --seconds N, or --until ACTION"));
    if (Status opened = context.openSites({parsed->site}); !opened.ok()) return Context::fail(opened);
    const auto link = context.link(parsed->site);
    if (!link.ok()) return Context::fail(link.status(), parsed->site);
    const auto node = (*link)->describe(options.id);
    if (!node.ok()) return Context::fail(node.status(), parsed->site);
    if (node->gpus.empty()) return Context::fail(refused("{} has no GPU to record: {}", options.id, node->inventory.driver));
    const auto file = RecordingFile::create(options.out);
    if (!file.ok()) return Context::fail(file.status());
    const Status done = record(**link, *node, options, **file, context);
    return done.ok() ? Exit::done : Context::fail(done, parsed->site);
}

} // namespace

void addRecord(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("record", "Record a node's readings for busbar-replay");
    auto options = std::make_shared<RecordOptions>();
    command->add_option("ID", options->id, "site/name")->required();
    command->add_option("--hz", options->hz, "Samples a second")->check(CLI::Range(1, 10))->capture_default_str();
    command->add_option("--seconds", options->seconds, "How long, at most a day")->check(CLI::Range(1, kLongestSeconds));
    command->add_option("--until", options->until, "End with this action");
    command->add_option("--out", options->out, "File to make: NAME.ndjson.zst")->required();
    command->callback([&context, options] { context.command = [&context, options] { return run(context, *options); }; });
}

} // namespace busbar::ctl
