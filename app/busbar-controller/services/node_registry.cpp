#include "busbar-controller/services/node_registry.h"

#include "base/ids.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar/v1/agent_link.pb.h"
#include "wire/codec.h"

#include <spdlog/spdlog.h>

namespace busbar::controller {
namespace {

constexpr std::string_view kPrefix = "/nodes/";
constexpr std::string_view kSuffix = "/hello";
constexpr std::int64_t kRenewMs = NodeRegistry::kGatewayMs / 3;

std::string nameOf(const std::string& key) { return key.substr(kPrefix.size(), key.size() - kPrefix.size() - kSuffix.size()); }

} // namespace

Status NodeRegistry::load(FleetTable& table) {
    const StatusOr<std::vector<Entry>> entries = m_store.list(std::string(kPrefix));
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
        if (!entry.key.ends_with(kSuffix)) continue;
        v1::Hello message;
        StatusOr<AgentHello> hello = message.ParseFromString(entry.value) ? wire::decode(message) : invalid("the value is no Hello");
        const Status status = hello.ok() ? table.remember(*hello, 0) : hello.status();
        if (status.ok())
            m_written[entry.key].bytes = entry.value;
        else
            spdlog::warn("{} in the store is not understood and left alone: {}", entry.key, sentenceOf(status));
    }
    return absl::OkStatus();
}

void NodeRegistry::note(const AgentHello& hello, bool behindGateway) {
    const StatusOr<NodeId> id = NodeId::parse(hello.nodeId);
    if (!id.ok()) return;
    v1::Hello message;
    wire::encode(hello, &message);
    // Only who it is: these change with each session.
    message.clear_journal();
    message.clear_leases();
    message.clear_highest_term();
    message.set_instance_id("remembered");
    const std::string key = fmt::format("{}{}{}", kPrefix, id->name, kSuffix);
    std::string bytes = message.SerializeAsString();
    const std::lock_guard lock(m_mutex);
    const auto written = m_written.find(key);
    const bool isKept = written != m_written.end() && written->second.bytes == bytes && (!behindGateway || written->second.writtenBootMs > 0);
    if (!isKept) m_pending[key] = {std::move(bytes), behindGateway, 0};
}

/// A node that stays connected says Hello once only: what would run out is written again.
void NodeRegistry::renew(const std::function<bool(const std::string& name)>& isConnected) {
    const std::int64_t now = m_clock.bootMs();
    if (now - m_renewedBootMs < kRenewMs) return;
    m_renewedBootMs = now;
    for (const auto& [key, known] : m_written)
        if (known.behindGateway && isConnected(nameOf(key))) m_pending.try_emplace(key, known);
}

Status NodeRegistry::flush(const std::function<bool(const std::string& name)>& isConnected) {
    std::map<std::string, Known> pending;
    {
        const std::lock_guard lock(m_mutex);
        renew(isConnected);
        pending.swap(m_pending);
    }
    if (pending.empty()) return absl::OkStatus();
    Transaction transaction;
    for (const auto& [key, known] : pending) transaction.puts.push_back({key, known.bytes, known.behindGateway ? kGatewayMs : 0});
    const Status status = m_store.commit(transaction).status();
    const std::lock_guard lock(m_mutex);
    if (!status.ok()) {
        m_pending.merge(pending); // keeps what came in meanwhile, which is newer
        return status;
    }
    for (auto& [key, known] : pending) {
        known.writtenBootMs = m_clock.bootMs();
        m_written[key] = std::move(known);
    }
    return status;
}

} // namespace busbar::controller
