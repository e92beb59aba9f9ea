#include "busbar-agent/collectors/kmsg.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace busbar::agent {
namespace {

constexpr std::size_t kMaxEvents = 256;

// "0000:9b:00" inside "… (PCI:0000:9b:00): 79, …" as the slot whose PCI address has the same domain, bus and device.
int slotOf(const std::string& address, const std::vector<GpuIdentity>& gpus) {
    const auto normal = [](std::string text) {
        std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (text.size() > 8 && text.find(':') == 8) text.erase(0, 4); // NVML writes the domain with eight digits.
        return text.substr(0, 10);
    };
    for (std::size_t slot = 0; slot < gpus.size(); ++slot)
        if (normal(gpus[slot].pciAddress) == normal(address)) return static_cast<int>(slot);
    return -1;
}

std::string addressIn(const std::string& text) {
    const auto start = text.find("PCI:");
    if (start == std::string::npos) return {};
    const auto end = text.find_first_not_of("0123456789abcdefABCDEF:.", start + 4);
    return text.substr(start + 4, end == std::string::npos ? end : end - start - 4);
}

// The number after "Xid (PCI:…): " or "SXid (PCI:…): "; 0 when there is none.
int codeIn(const std::string& text, std::size_t from) {
    const auto close = text.find("): ", from);
    if (close == std::string::npos) return 0;
    int code = 0;
    for (std::size_t i = close + 3; i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0 && code < 100'000; ++i) code = code * 10 + (text[i] - '0');
    return code;
}

std::string printable(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
    return text.substr(0, kMaxTextLength);
}

} // namespace

std::optional<KernelLine> parseKmsg(const std::string& record) {
    const auto semicolon = record.find(';');
    if (semicolon == std::string::npos || record.empty() || std::isdigit(static_cast<unsigned char>(record[0])) == 0) return std::nullopt;
    const std::vector<std::string> fields = absl::StrSplit(record.substr(0, semicolon), ',');
    KernelLine line;
    if (fields.size() < 3 || !absl::SimpleAtoi(fields[0], &line.priority) || !absl::SimpleAtoi(fields[1], &line.sequence) || !absl::SimpleAtoi(fields[2], &line.bootUs)) return std::nullopt;
    const auto end = record.find('\n', semicolon);
    line.text = record.substr(semicolon + 1, end == std::string::npos ? end : end - semicolon - 1);
    return line;
}

std::optional<FleetEvent> eventOf(const std::string& text, const std::vector<GpuIdentity>& gpus) {
    FleetEvent event;
    event.text = printable(text);
    event.gpu = slotOf(addressIn(text), gpus);
    if (const auto sxid = text.find("SXid (PCI:"); sxid != std::string::npos) {
        event.kind = EventKind::kernel;
        event.severity = absl::StrContains(text, "Fatal,") && !absl::StrContains(text, "Non-fatal") ? 3 : 2;
        return codeIn(text, sxid) != 0 ? std::optional(event) : std::nullopt;
    }
    if (const auto xid = text.find("Xid (PCI:"); xid != std::string::npos) {
        event.kind = EventKind::xid;
        event.xid = codeIn(text, xid);
        // An XID that only follows another one is attached to its cause: a note, not a fault of its own (design/health.md §1).
        event.severity = absl::StrContains(text, "caused by previous Xid") ? 0 : 2;
        return event.xid > 0 && event.xid <= 65'000 ? std::optional(event) : std::nullopt;
    }
    if (!absl::StrContains(text, "NVRM:") && !absl::StrContains(text, "nvidia")) return std::nullopt;
    if (absl::StrContains(text, "fallen off the bus")) {
        // Seen without any Xid line: this is XID 79's meaning, but no XID was said, so none is claimed.
        event.kind = EventKind::kernel;
        event.severity = 3;
        return event;
    }
    if (absl::StrContains(text, "NVRM:") && (absl::StrContains(text, "rror") || absl::StrContains(text, "ailed"))) {
        event.kind = EventKind::kernel;
        event.severity = 1;
        return event;
    }
    return std::nullopt;
}

KmsgCollector::KmsgCollector(std::string path, std::string bootId, Journal& journal, const Clock& clock)
    : m_bootId(std::move(bootId)), m_journal(journal), m_clock(clock), m_fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)), m_startedBootMs(clock.bootMs()) {
    if (m_fd < 0) m_supported = unavailable("the kernel log '{}' cannot be read: {}", path, std::strerror(errno));
    const auto stored = m_journal.get("kmsg/" + m_bootId);
    if (stored.ok() && stored->has_value() && !absl::SimpleAtoi(**stored, &m_next)) m_next = 0;
}

KmsgCollector::~KmsgCollector() {
    if (m_fd >= 0) close(m_fd);
}

std::vector<FleetEvent> KmsgCollector::poll(const std::vector<GpuIdentity>& gpus) {
    std::vector<FleetEvent> events;
    std::array<char, 8192> record{};
    const std::uint64_t before = m_next;
    const std::int64_t bootWallMs = m_clock.wallMs() - m_clock.bootMs();
    while (m_fd >= 0 && events.size() < kMaxEvents) {
        const ssize_t got = read(m_fd, record.data(), record.size());
        if (got < 0 && errno == EPIPE) {
            FleetEvent overrun;
            overrun.kind = EventKind::agent;
            overrun.severity = 1;
            overrun.wallMs = m_clock.wallMs();
            overrun.text = "the kernel log ran over before it was read: lines are lost";
            events.push_back(std::move(overrun));
            continue;
        }
        if (got <= 0) break;
        const auto line = parseKmsg(std::string(record.data(), static_cast<std::size_t>(got)));
        if (!line || line->sequence < m_next) continue;
        m_next = line->sequence + 1;
        auto event = eventOf(line->text, gpus);
        if (!event) continue;
        event->wallMs = bootWallMs + line->bootUs / 1000;
        event->beforeAgent = line->bootUs / 1000 < m_startedBootMs;
        events.push_back(*std::move(event));
    }
    if (m_next != before)
        if (const Status noted = m_journal.put("kmsg/" + m_bootId, std::to_string(m_next)); !noted.ok()) m_next = before; // Read again rather than lose.
    return events;
}

} // namespace busbar::agent
