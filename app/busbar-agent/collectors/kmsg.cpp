#include "busbar-agent/collectors/kmsg.h"

#include "busbar-agent/collectors/safe_text.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <algorithm>

namespace busbar::agent {
namespace {

using Kind = DriverMessage::Kind;

constexpr std::size_t kMaxEvents = 256;
constexpr std::size_t kMaxSeen = 512;
constexpr const char* kJournalKey = "kmsg"; // "<boot id> <next sequence>"
// Lines of one fault come within milliseconds; its echoes in other words within seconds.
constexpr std::int64_t kSameFaultUs = 1'000'000;
constexpr std::int64_t kEchoUs = 10'000'000;
constexpr int kXidBusLost = 79;
constexpr const char* kNotGiven = "of a GPU that this node was not given: ";

} // namespace

KmsgCollector::KmsgCollector(StatusOr<std::unique_ptr<KernelLog>> log, std::string bootId, Journal& journal, const Clock& clock, WithheldGpus withheld)
    : m_bootId(std::move(bootId)), m_journal(journal), m_clock(clock), m_withheld(std::move(withheld)), m_supported(log.status()), m_startedBootMs(clock.bootMs()) {
    if (log.ok()) m_log = *std::move(log);
    const auto stored = m_journal.get(kJournalKey);
    if (!stored.ok() || !stored->has_value()) return;
    const std::vector<std::string> words = absl::StrSplit(**stored, ' ');
    // Sequences start anew with each boot.
    m_resumed = words.size() == 2 && words[0] == m_bootId && !m_bootId.empty() && absl::SimpleAtoi(words[1], &m_next);
    m_kept = m_resumed ? m_next : 0;
    if (!m_resumed) m_next = 0;
}

std::vector<FleetEvent> KmsgCollector::poll(const std::vector<GpuIdentity>& gpus) {
    std::vector<FleetEvent> events;
    std::string record;
    while (m_log && events.size() < kMaxEvents) {
        const KernelLog::Read read = m_log->read(record);
        if (read == KernelLog::Read::nothing) break;
        // After an overrun the next record's sequence tells how much is missing.
        if (read == KernelLog::Read::record) take(record, gpus, events);
    }
    if (m_seenUs.size() > kMaxSeen) m_seenUs.clear();
    return events;
}

Status KmsgCollector::keep() {
    if (m_next == m_kept) return absl::OkStatus();
    const Status noted = m_journal.put(kJournalKey, m_bootId + " " + std::to_string(m_next));
    if (noted.ok()) m_kept = m_next;
    return noted;
}

void KmsgCollector::take(const std::string& record, const std::vector<GpuIdentity>& gpus, std::vector<FleetEvent>& events) {
    const auto line = parseKmsg(record);
    if (!line || line->sequence < m_next) return;
    if (m_resumed && line->sequence > m_next) events.push_back(lostLines(line->sequence - m_next));
    m_next = line->sequence + 1;
    m_resumed = true;
    if (!line->fromKernel) return;
    auto event = eventOf(*line, gpus);
    if (!event) return;
    event->text = event->text + safeText(line->text, kMaxTextLength - event->text.size());
    event->wallMs = m_clock.wallMs() - m_clock.bootMs() + line->bootUs / 1000;
    event->beforeAgent = line->bootUs / 1000 < m_startedBootMs;
    events.push_back(*std::move(event));
}

std::optional<FleetEvent> KmsgCollector::eventOf(const KernelLine& line, const std::vector<GpuIdentity>& gpus) {
    const auto message = parseDriverMessage(line.text);
    if (!message) return std::nullopt;
    if (message->kind == Kind::busLostStart) {
        m_startedAddress = message->address;
        return std::nullopt;
    }
    const bool endsStarted = message->kind == Kind::busLost && message->address.empty();
    const std::string address = endsStarted ? std::exchange(m_startedAddress, {}) : message->address;
    FleetEvent event;
    event.gpu = slotAt(address, gpus);
    const std::string device = event.gpu >= 0 ? std::to_string(event.gpu) : address;
    const bool ofSwitch = message->kind == Kind::sxid || message->kind == Kind::sxidDetail;
    if (event.gpu < 0 && !ofSwitch && m_withheld.has(address)) {
        if (toldWithin(fmt::format("withheld {} {}", device, message->code), line.bootUs, kSameFaultUs)) return std::nullopt;
        event.kind = EventKind::kernel;
        event.text = kNotGiven;
        return event;
    }
    switch (message->kind) {
    case Kind::xid: return xidEvent(event, *message, device, line.bootUs);
    case Kind::sxid:
    case Kind::sxidDetail: return sxidEvent(event, *message, device, line.bootUs);
    case Kind::busLost:
        if (toldWithin("bus " + device, line.bootUs, kEchoUs)) return std::nullopt;
        event.severity = 3; // XID 79's meaning without its number: none is claimed.
        break;
    case Kind::complaint:
        if (toldWithin(line.text, line.bootUs, kEchoUs)) return std::nullopt;
        event.severity = 1;
        break;
    case Kind::consequence:
    case Kind::busLostStart: break;
    }
    event.kind = EventKind::kernel;
    return event;
}

std::optional<FleetEvent> KmsgCollector::xidEvent(FleetEvent event, const DriverMessage& message, const std::string& device, std::int64_t bootUs) {
    if (message.code == kXidBusLost) toldWithin("bus " + device, bootUs, 0);
    if (toldWithin(fmt::format("xid {} {}", device, message.code), bootUs, kSameFaultUs)) return std::nullopt;
    event.kind = EventKind::xid;
    event.xid = message.code;
    event.severity = 2; // The controller's table says how bad it is.
    return event;
}

std::optional<FleetEvent> KmsgCollector::sxidEvent(FleetEvent event, const DriverMessage& message, const std::string& device, std::int64_t bootUs) {
    const bool told = toldWithin(fmt::format("sxid {} {}", device, message.code), bootUs, kSameFaultUs);
    // Each line that says fatal or not is a link's own fault; register lines belong to the one before, if there is one.
    if (message.kind == Kind::sxidDetail && told) return std::nullopt;
    event.kind = EventKind::sxid;
    event.xid = message.code;
    event.severity = message.kind == Kind::sxidDetail ? 2 : message.fatal ? 3 : 1;
    return event;
}

// True when `what` was told already within the time before; notes that it is told now.
bool KmsgCollector::toldWithin(const std::string& what, std::int64_t bootUs, std::int64_t withinUs) {
    const auto [seen, isNew] = m_seenUs.try_emplace(what, bootUs);
    const bool told = !isNew && bootUs - seen->second <= withinUs;
    seen->second = bootUs;
    return told;
}

FleetEvent KmsgCollector::lostLines(std::uint64_t count) const {
    FleetEvent event;
    event.kind = EventKind::agent;
    event.severity = 1;
    event.wallMs = m_clock.wallMs();
    event.text = fmt::format("the kernel log ran over before it was read: {} line{} lost", count, count == 1 ? " is" : "s are");
    return event;
}

} // namespace busbar::agent
