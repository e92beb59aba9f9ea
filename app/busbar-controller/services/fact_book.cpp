#include "busbar-controller/services/fact_book.h"

#include "base/ids.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar/v1/fleet.pb.h"

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

FactChange decode(const v1::FactChange& from) { return {from.fact(), from.from(), from.to(), from.why(), from.who(), from.wall_ms()}; }

std::string encode(const FactChange& from) {
    v1::FactChange to;
    to.set_fact(from.fact);
    to.set_from(from.from);
    to.set_to(from.to);
    to.set_why(from.why);
    to.set_who(from.who);
    to.set_wall_ms(from.wallMs);
    return to.SerializeAsString();
}

} // namespace

Status FactBook::load(FleetTable& table) {
    const StatusOr<std::vector<Entry>> entries = m_store.list(std::string(kPrefix));
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) { // By key: each node's in their order.
        const auto key = parseKey(entry.key);
        v1::FactChange message;
        if (key && message.ParseFromString(entry.value)) table.restoreChange({key->name, key->number, decode(message)});
        else spdlog::warn("{} in the store is no change of a fact and left alone", entry.key);
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
        if (numbered.number + kMaxFactChanges > newest[numbered.name]) transaction.puts.push_back({keyOf(numbered.name, numbered.number), encode(numbered.change), 0});
        if (numbered.number >= kMaxFactChanges) transaction.deletes.push_back(keyOf(numbered.name, numbered.number - kMaxFactChanges));
    }
    if (const Status written = m_store.commit(transaction).status(); !written.ok()) return written;
    m_waiting.erase(m_waiting.begin(), m_waiting.begin() + static_cast<std::ptrdiff_t>(count));
    return absl::OkStatus();
}

} // namespace busbar::controller
