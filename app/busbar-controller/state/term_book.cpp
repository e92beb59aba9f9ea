#include "busbar-controller/state/term_book.h"

#include <absl/strings/numbers.h>

#include <random>

namespace busbar::controller {
namespace {

constexpr const char* kAdoptedKey = "/adopted-term";
std::string keyOf(std::uint64_t fencingTerm) { return "/terms/" + std::to_string(fencingTerm); }

std::uint64_t numberAt(StateStore& store, const std::string& key) {
    const auto entry = store.get(key);
    std::uint64_t number = 0;
    return entry.ok() && absl::SimpleAtoi(entry->value, &number) ? number : 0;
}

Status put(StateStore& store, const std::string& key, std::uint64_t number) {
    Transaction transaction;
    transaction.puts.push_back({key, std::to_string(number), 0});
    return store.commit(transaction).status();
}

} // namespace

StatusOr<std::uint64_t> TermBook::begin() {
    std::random_device random;
    const std::uint64_t draw = std::uniform_int_distribution<std::uint64_t>(1, kTermsPerStart / kTermsPerDraw - 1)(random);
    const std::uint64_t fencingTerm = m_store.fencingTerm(), first = fencingTerm * kTermsPerStart + draw * kTermsPerDraw;
    if (Status written = put(m_store, keyOf(fencingTerm), first); !written.ok()) return written;
    return first;
}

bool TermBook::isOurs(std::uint64_t term) const {
    if (term < kTermsPerStart || term <= numberAt(m_store, kAdoptedKey)) return true;
    const std::uint64_t first = numberAt(m_store, keyOf(term / kTermsPerStart));
    return first != 0 && term >= first && term < first + kTermsPerDraw;
}

Status TermBook::adopt(std::uint64_t term) { return put(m_store, kAdoptedKey, term); }

} // namespace busbar::controller
