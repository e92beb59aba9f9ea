#include "busbar-controller/services/fact_book.h"

#include "base/ids.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar/v1/fleet.pb.h"
#include "wire/codec.h"

#include <absl/strings/numbers.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

namespace busbar::controller {
namespace {

constexpr std::string_view kPrefix = "/history/";

std::string keyOf(const std::string& name, std::uint64_t number) { return fmt::format("{}{}/{:012}", kPrefix, name, number); }

struct StoredKey {
    std::string name;
    std::uint64_t number = 0;
};
std::optional<StoredKey> parseKey(const std::string& key) {
    const std::size_t slash = key.rfind('/');
    StoredKey parsed;
    if (slash <= kPrefix.size() || !absl::SimpleAtoi(key.substr(slash + 1), &parsed.number)) return std::nullopt;
    parsed.name = key.substr(kPrefix.size(), slash - kPrefix.size());
    return parsed;
}

} // namespace

Status FactBook::load(FleetTable& table) {
    const StatusOr<std::vector<Entry>> entries = m_store.list(std::string(kPrefix));
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) { // By key: each node's in their order.
        const auto key = parseKey(entry.key);
        v1::FactChange message;
        auto change = key && message.ParseFromString(entry.value) ? wire::decode(message) : invalid("it is no change of a fact");
        if (change.ok()) table.restoreChange({key->name, key->number, *std::move(change)});
        else spdlog::warn("{} in the store is not understood and left alone: {}", entry.key, sentenceOf(change.status()));
    }
    return absl::OkStatus();
}

Status FactBook::flush(FleetTable& table) {
    for (NumberedChange& change : table.takeChanges()) m_waiting.push_back(std::move(change));
    while (m_waiting.size() > kMostWaiting) m_waiting.pop_front();
    if (m_waiting.empty()) return absl::OkStatus();
    const std::size_t count = std::min(m_waiting.size(), kMostAtOnce);
    std::map<std::string_view, std::uint64_t> newest;
    for (std::size_t i = 0; i < count; ++i) newest[m_waiting[i].name] = m_waiting[i].number;
    Transaction transaction;
    for (std::size_t i = 0; i < count; ++i) {
        const NumberedChange& numbered = m_waiting[i];
        if (numbered.number + kMaxFactChanges > newest[numbered.name]) {
            v1::FactChange message;
            wire::encode(numbered.change, &message);
            transaction.puts.push_back({keyOf(numbered.name, numbered.number), message.SerializeAsString(), 0});
        }
        if (numbered.number >= kMaxFactChanges) transaction.deletes.push_back(keyOf(numbered.name, numbered.number - kMaxFactChanges));
    }
    if (const Status written = m_store.commit(transaction).status(); !written.ok()) return written;
    m_waiting.erase(m_waiting.begin(), m_waiting.begin() + static_cast<std::ptrdiff_t>(count));
    return absl::OkStatus();
}

} // namespace busbar::controller
