#include "busbar-agent/collectors/xid_record.h"

#include "busbar-agent/collectors/driver_message.h"
#include "domain/xid_figure.h"

#include <algorithm>
#include <unistd.h>

namespace busbar::agent {
namespace {

constexpr std::size_t kMaxKept = 1'024;

std::pair<int, std::string> placeAndName(const FleetEvent& event) {
    std::string name = xidFigureName(event.xid, isFatalXid(event.text));
    if (event.gpu >= 0) return {event.gpu, std::move(name)};
    const auto message = parseDriverMessage(event.text);
    if (!message || message->address.empty()) return {XidRecord::kNoDevice, std::move(name)};
    return {XidRecord::kElsewhere, fmt::format("{} of {}", name, message->address)};
}

} // namespace

void XidRecord::note(const FleetEvent& event) {
    if (event.kind != EventKind::xid) return;
    const std::lock_guard lock(m_mutex);
    std::int64_t& last = m_lastWallMs[placeAndName(event)];
    last = std::max(last, event.wallMs);
    if (m_lastWallMs.size() > kMaxKept) m_lastWallMs.erase(std::ranges::min_element(m_lastWallMs, {}, [](const auto& kept) { return kept.second; }));
}

void XidRecord::noteDriver(Status answer) {
    const std::lock_guard lock(m_mutex);
    m_driverTold = m_driverTold || answer.ok();
    m_driver = std::move(answer);
}

void XidRecord::noteLook(std::int64_t bootMs) {
    const std::lock_guard lock(m_mutex);
    m_lookedBootMs = bootMs;
}

Status XidRecord::kernelLog() const {
    if (!m_kernelLog.ok() || m_driverFolder.empty() || access(m_driverFolder.c_str(), F_OK) == 0) return m_kernelLog;
    return notFound("the kernel's log holds nothing of the NVIDIA driver, which runs in another kernel: there is no {}", m_driverFolder);
}

Status XidRecord::readable() const {
    const Status log = kernelLog();
    const std::lock_guard lock(m_mutex);
    if (log.ok() || (m_driver && m_driver->ok())) return absl::OkStatus();
    const std::string why = fmt::format("{}; {}", sentenceOf(log), m_driver ? sentenceOf(*m_driver) : "the driver has not been asked for its events yet");
    return m_driverTold ? unavailable("{}", why) : Status(absl::UnimplementedError(why));
}

bool XidRecord::isReadUpTo(std::int64_t bootMs) const {
    const std::lock_guard lock(m_mutex);
    return !m_kernelLog.ok() || m_lookedBootMs >= bootMs;
}

std::map<int, std::set<std::string>> XidRecord::since(std::int64_t wallMs) const {
    const std::lock_guard lock(m_mutex);
    std::map<int, std::set<std::string>> found;
    for (const auto& [what, last] : m_lastWallMs)
        if (last >= wallMs) found[what.first].insert(what.second);
    return found;
}

} // namespace busbar::agent
