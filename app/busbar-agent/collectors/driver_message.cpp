#include "busbar-agent/collectors/driver_message.h"

#include <absl/strings/match.h>

#include <algorithm>
#include <cctype>

namespace busbar::agent {
namespace {

constexpr int kHighestCode = 65'000; // The wire's width of an XID; NVIDIA's tables end at 172 and 24,007.

bool isHex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

int numberAt(const std::string& text, std::size_t from) {
    int number = 0;
    while (from < text.size() && std::isdigit(static_cast<unsigned char>(text[from])) != 0 && number <= kHighestCode) number = number * 10 + (text[from++] - '0');
    return number <= kHighestCode ? number : 0;
}

// "0000:9b:00", "0000:9b:00.0" or "00000000:9B:00.0" that starts at `from`; empty when there is none.
std::string addressAt(const std::string& text, std::size_t from) {
    std::size_t end = from;
    while (end < text.size() && (isHex(text[end]) || text[end] == ':')) ++end;
    if (end + 1 < text.size() && text[end] == '.' && std::isdigit(static_cast<unsigned char>(text[end + 1])) != 0) end += 2;
    const std::string address = text.substr(from, end - from);
    return std::count(address.begin(), address.end(), ':') == 2 ? address : std::string();
}

// The first PCI address anywhere in the text.
std::string addressIn(const std::string& text) {
    for (std::size_t colon = text.find(':'); colon != std::string::npos; colon = text.find(':', colon + 1)) {
        std::size_t start = colon;
        while (start > 0 && isHex(text[start - 1])) --start;
        if (start == colon || (start > 0 && std::isalnum(static_cast<unsigned char>(text[start - 1])) != 0)) continue;
        if (std::string address = addressAt(text, start); !address.empty()) return address;
    }
    return {};
}

// "Xid (PCI:0000:9b:00): 79, …", also of old drivers without "PCI:"; nullopt when the bracket or the number is missing.
std::optional<DriverMessage> numbered(const std::string& text, std::size_t bracket) {
    const auto close = text.find("): ", bracket);
    if (close == std::string::npos) return std::nullopt;
    DriverMessage message;
    message.code = numberAt(text, close + 3);
    message.address = addressIn(text.substr(bracket, close - bracket));
    return message.code > 0 ? std::optional(message) : std::nullopt;
}

std::optional<DriverMessage> parseXid(const std::string& text, std::size_t bracket) {
    auto message = numbered(text, bracket);
    if (!message) return std::nullopt;
    message->kind = DriverMessage::Kind::xid;
    constexpr std::string_view kCause = "caused by previous Xid ";
    if (const auto cause = text.find(kCause); cause != std::string::npos) {
        message->kind = DriverMessage::Kind::consequence;
        message->cause = numberAt(text, cause + kCause.size());
    }
    return message;
}

std::optional<DriverMessage> parseSxid(const std::string& text, std::size_t bracket) {
    auto message = numbered(text, bracket);
    if (!message) return std::nullopt;
    const bool nonFatal = absl::StrContains(text, "Non-fatal");
    message->fatal = !nonFatal && absl::StrContains(text, "Fatal");
    message->kind = nonFatal || message->fatal ? DriverMessage::Kind::sxid : DriverMessage::Kind::sxidDetail;
    return message;
}

bool isComplaint(const std::string& text) {
    if (absl::StrContains(text, "segfault") && absl::StrContains(text, "libnccl")) return true;
    const bool ofDriver = absl::StrContains(text, "NVRM:") || absl::StrContains(text, "nvidia");
    return ofDriver && (absl::StrContains(text, "rror") || absl::StrContains(text, "ERROR") || absl::StrContains(text, "ailed"));
}

} // namespace

std::string pciPlace(std::string address) {
    std::transform(address.begin(), address.end(), address.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (const auto domain = address.find(':'); domain != std::string::npos && domain > 4) address.erase(0, domain - 4);
    return address.substr(0, address.find('.'));
}

std::optional<DriverMessage> parseDriverMessage(const std::string& text) {
    // "SXid (" holds "Xid (": it is looked for first.
    if (const auto sxid = text.find("SXid ("); sxid != std::string::npos) return parseSxid(text, sxid);
    if (const auto xid = text.find("Xid ("); xid != std::string::npos && absl::StrContains(text, "NVRM:")) return parseXid(text, xid);
    if (absl::StrContains(text, "NVRM:") && absl::StrContains(text, "fallen off the bus")) {
        // A PCI id like 10de:26b5 has one colon and is no address.
        return DriverMessage{DriverMessage::Kind::busLost, 0, 0, true, addressIn(text)};
    }
    if (absl::StrContains(text, "NVRM: The NVIDIA GPU ")) return DriverMessage{DriverMessage::Kind::busLostStart, 0, 0, false, addressIn(text)};
    if (isComplaint(text)) return DriverMessage{DriverMessage::Kind::complaint, 0, 0, false, addressIn(text)};
    return std::nullopt;
}

int slotAt(const std::string& address, const std::vector<GpuIdentity>& gpus) {
    const std::string wanted = pciPlace(address);
    for (std::size_t slot = 0; slot < gpus.size() && !wanted.empty(); ++slot)
        if (pciPlace(gpus[slot].pciAddress) == wanted) return static_cast<int>(slot);
    return -1;
}

} // namespace busbar::agent
