#include "base/ids.h"

#include <sys/random.h>

#include <array>
#include <cctype>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace busbar {
namespace {

void fillRandom(unsigned char* out, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = getrandom(out + done, size - done, 0);
        if (got < 0) throw std::runtime_error("getrandom failed"); // Only before the kernel's pool is ready with GRND_NONBLOCK.
        done += static_cast<std::size_t>(got);
    }
}

constexpr std::size_t kUlidRandom = 16; // Digits of 5 bits each, after the time's ten.

void addOne(std::array<unsigned char, kUlidRandom>& digits) {
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
        *digit = (*digit + 1) & 31;
        if (*digit != 0) return;
    }
}

bool isNameChar(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
}

} // namespace

bool isValidName(std::string_view name) {
    if (name.empty() || name.size() > kMaxNameLength) return false;
    if (std::isalnum(static_cast<unsigned char>(name.front())) == 0) return false;
    for (const char c : name)
        if (!isNameChar(c)) return false;
    return true;
}

StatusOr<NodeId> NodeId::parse(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return invalid("node id '{}' has no site: write it as site/name", text.substr(0, 200));
    NodeId id{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
    if (!isValidName(id.site)) return invalid("site '{}' in node id is not 1 to 63 letters, digits, '.', '_' or '-'", id.site.substr(0, 200));
    if (!isValidName(id.name)) return invalid("node name '{}' is not 1 to 63 letters, digits, '.', '_' or '-'", id.name.substr(0, 200));
    return id;
}

std::string makeUlid(std::int64_t wallMs) {
    // Of one millisecond each is the one before it plus one, so that they sort as they were made (the spec's monotonic order).
    static std::mutex mutex;
    static std::int64_t lastMs = -1;
    static std::array<unsigned char, kUlidRandom> digits{};
    std::array<unsigned char, kUlidRandom> mine{};
    {
        const std::lock_guard lock(mutex);
        if (wallMs == lastMs) addOne(digits);
        else {
            fillRandom(digits.data(), digits.size());
            for (unsigned char& digit : digits) digit &= 31;
            digits[0] &= 15; // Room to count up.
            lastMs = wallMs;
        }
        mine = digits;
    }
    static constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's base 32.
    std::string text(10 + kUlidRandom, '0');
    auto time = static_cast<std::uint64_t>(wallMs);
    for (int i = 9; i >= 0; --i, time >>= 5) text[static_cast<std::size_t>(i)] = kAlphabet[time & 31];
    for (std::size_t i = 0; i < mine.size(); ++i) text[10 + i] = kAlphabet[mine[i]];
    return text;
}

std::string randomHex(std::size_t bytes) {
    std::vector<unsigned char> random(bytes);
    fillRandom(random.data(), random.size());
    std::string text;
    for (const unsigned char byte : random) text += fmt::format("{:02x}", byte);
    return text;
}

} // namespace busbar
