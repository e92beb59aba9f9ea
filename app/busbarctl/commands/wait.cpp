#include "busbarctl/commands/wait.h"

#include "busbarctl/interrupt.h"
#include "busbarctl/output/text.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <thread>

namespace busbar::ctl {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPeriod(250);
constexpr milliseconds kSlice(20);
/// A reply of a big action takes long: asking is at most this part of the time.
constexpr int kLoadDivisor = 5;
constexpr std::size_t kMaxProgressLines = 40; ///< of one change of a big action

bool needsPerson(ActionState state) { return state == ActionState::paused || state == ActionState::awaitingApproval; }
bool ended(const Action& action) { return isFinal(action.state) || (needsPerson(action.state) && !action.cancelRequested); }

class Waiter {
public:
    Waiter(Context& context, std::vector<Action> actions, const WaitOptions& options) : m_context(context), m_actions(std::move(actions)), m_options(options) {}

    Waited run() {
        const InterruptGuard guard;
        const auto start = Steady::now();
        for (const Action& action : m_actions) tell(action);
        while (!std::all_of(m_actions.begin(), m_actions.end(), [](const Action& action) { return ended(action); })) {
            const auto limit = m_options.timeoutMs == 0 ? Steady::time_point::max() : start + milliseconds(m_options.timeoutMs);
            if (!pause(limit)) return leave();
            const auto asked = Steady::now();
            if (const Status status = askAll(); !status.ok()) return {m_actions, Context::fail(status)};
            m_period = std::max(kPeriod, std::chrono::duration_cast<milliseconds>(Steady::now() - asked) * kLoadDivisor);
        }
        Exit worst = Exit::done;
        for (const Action& action : m_actions) worst = worse(worst, exitOf(action.state));
        return {m_actions, worst};
    }

private:
    // False when interrupted or out of time.
    bool pause(Steady::time_point limit) const {
        const auto until = Steady::now() + m_period;
        while (Steady::now() < until) {
            if (interrupted() || Steady::now() >= limit) return false;
            std::this_thread::sleep_for(kSlice);
        }
        return !interrupted();
    }

    Status askAll() {
        for (Action& action : m_actions) {
            if (ended(action)) continue;
            const std::string site = action.id.substr(0, action.id.find('/'));
            const auto link = m_context.link(site);
            if (!link.ok()) return link.status();
            auto now = (*link)->action(action.id);
            if (exitOf(now.status()) == Exit::unreachable) {
                if (!std::exchange(m_lost[site], true)) Context::complain(fmt::format("{}: {}; the action goes on there, still waiting", site, sentenceOf(now.status())));
                continue;
            }
            if (!now.ok()) return now.status();
            if (std::exchange(m_lost[site], false)) Context::complain(fmt::format("{} answers again", site));
            const bool isNew = now->revision != action.revision || now->state != action.state;
            action = *std::move(now);
            if (isNew) tell(action);
        }
        return absl::OkStatus();
    }

    void tell(const Action& action) const {
        if (m_options.changed) m_options.changed(action);
    }

    Waited leave() const {
        for (const Action& action : m_actions)
            if (!ended(action))
                Context::complain(fmt::format("{}; {} goes on (see it with: busbarctl action {} --watch; end it with: busbarctl cancel {})", interrupted() ? "detached" : "the wait timed out", action.id, action.id, action.id));
        return {m_actions, Exit::waiting};
    }

    Context& m_context;
    std::vector<Action> m_actions;
    const WaitOptions& m_options;
    milliseconds m_period = kPeriod;
    std::map<std::string, bool> m_lost;
};

} // namespace

Waited waitFor(Context& context, std::vector<Action> actions, const WaitOptions& options) { return Waiter(context, std::move(actions), options).run(); }

std::function<void(const Action&)> tellProgress() {
    auto told = std::make_shared<std::map<std::string, std::string>>();
    return [told](const Action& action) {
        const auto say = [&](const std::string& who, const std::string& what) {
            std::string& last = (*told)[who];
            if (last == what) return false;
            last = what;
            std::fprintf(stderr, "%s\n", what.c_str());
            return true;
        };
        std::size_t lines = 0;
        for (const TargetRecord& target : action.targets) {
            if (lines >= kMaxProgressLines) break;
            lines += say(target.nodeId, fmt::format("{}: {}{}", target.nodeId, toString(target.state), target.sentence.empty() ? "" : ": " + target.sentence)) ? 1 : 0;
        }
        say(action.id, actionLine(action));
    };
}

} // namespace busbar::ctl
