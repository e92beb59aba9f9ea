#include "busbar-controller/health/node_health.h"

#include "busbar-controller/health/xid_class.h"

#include <fmt/format.h>

#include <algorithm>

namespace busbar::controller {

void NodeHealth::setGpus(const std::vector<GpuIdentity>& gpus, bool driverPresent, const std::string& driver, std::int64_t nowMs) {
    std::vector<std::string> uuids;
    for (const GpuIdentity& gpu : gpus) uuids.push_back(gpu.uuid);
    if (uuids != m_uuids) {
        std::erase_if(m_kept, [](const Kept& kept) { return kept.gpu != kHost; });
        m_uuids = std::move(uuids);
        m_lastRules.assign(m_uuids.size(), 0);
    }
    if (driverPresent)
        clear("no-driver");
    else
        raise("no-driver", Health::degraded, 3, driver.empty() ? "no NVIDIA driver" : driver, nowMs);
}

NodeHealth::Kept* NodeHealth::find(int gpu, const std::string& rule) {
    const auto found = std::ranges::find_if(m_kept, [&](const Kept& kept) { return kept.gpu == gpu && kept.finding.rule == rule; });
    return found == m_kept.end() ? nullptr : &*found;
}

bool NodeHealth::put(Kept kept) {
    if (Kept* old = find(kept.gpu, kept.finding.rule)) {
        const bool changed = old->finding.health != kept.finding.health || old->finding.sentence != kept.finding.sentence;
        kept.finding.sinceWallMs = old->finding.sinceWallMs;
        *old = std::move(kept);
        return changed;
    }
    if (m_kept.size() >= kMaxFindings) {
        const auto mildest = std::ranges::min_element(m_kept, {}, [](const Kept& k) { return k.finding.health; });
        if (mildest->finding.health >= kept.finding.health) return false;
        m_kept.erase(mildest);
    }
    m_kept.push_back(std::move(kept));
    return true;
}

std::string NodeHealth::componentOf(int gpu) const {
    if (gpu < 0 || static_cast<std::size_t>(gpu) >= m_uuids.size()) return "host";
    const std::string& uuid = m_uuids[static_cast<std::size_t>(gpu)];
    return uuid.empty() ? fmt::format("GPU {}", gpu) : uuid;
}

bool NodeHealth::applyRule(std::size_t gpu, GpuRule rule, bool fires, const GpuSigns& signs, std::int64_t nowMs) {
    const RuleInfo& info = infoOf(rule);
    const int slot = static_cast<int>(gpu);
    if (!fires) {
        Kept* kept = find(slot, std::string(info.name));
        if (kept == nullptr) return false;
        kept->firing = false;
        if (info.keepMs > 0) return false;
        m_kept.erase(m_kept.begin() + (kept - m_kept.data()));
        return true;
    }
    Kept kept;
    kept.finding = {std::string(info.name), componentOf(slot), sentenceOf(rule, signs), info.health, info.responseClass, nowMs};
    kept.gpu = slot;
    kept.lastMs = nowMs;
    kept.keepMs = info.keepMs;
    kept.firing = true;
    return put(std::move(kept));
}

bool NodeHealth::onSample(std::size_t gpu, const GpuSigns& signs, std::int64_t nowMs) {
    if (gpu >= m_lastRules.size()) return false;
    const std::uint32_t rules = firingRules(signs);
    const std::uint32_t before = m_lastRules[gpu];
    if (rules == 0 && before == 0) return false;
    m_lastRules[gpu] = rules;
    bool changed = false;
    for (unsigned i = 0; i < static_cast<unsigned>(GpuRule::count_); ++i) {
        const bool fires = ((rules >> i) & 1U) != 0;
        if (fires || ((before >> i) & 1U) != 0) changed |= applyRule(gpu, static_cast<GpuRule>(i), fires, signs, nowMs);
    }
    return changed;
}

bool NodeHealth::onXid(const FleetEvent& event, std::int64_t nowMs) {
    const XidClass xid = classOfXid(event.xid);
    if (xid.responseClass == 0) return false;
    const std::int64_t keepMs = xid.responseClass == 1 ? kUserXidKeepMs : kXidKeepMs;
    if (nowMs - event.wallMs > keepMs) return false;
    Kept kept;
    kept.gpu = event.gpu >= 0 && static_cast<std::size_t>(event.gpu) < m_uuids.size() ? event.gpu : kHost;
    // XID 79 means that the device does not answer at all: nothing on it works, whatever cures it.
    const Health health = event.xid == 79 ? Health::failed : healthOfClass(xid.responseClass);
    kept.finding = {fmt::format("xid-{}", event.xid), componentOf(kept.gpu), fmt::format("XID {}: {}", event.xid, xid.meaning), health,
                    xid.responseClass, event.wallMs > 0 ? event.wallMs : nowMs};
    kept.lastMs = kept.finding.sinceWallMs;
    kept.keepMs = keepMs;
    kept.curedByReboot = xid.responseClass <= 3;
    return put(std::move(kept));
}

bool NodeHealth::onStuck(const std::vector<std::string>& stuck, std::int64_t nowMs) {
    if (stuck.empty()) return clear("collector-stuck");
    return raise("collector-stuck", Health::degraded, 3, fmt::format("{}", fmt::join(stuck, "; ")), nowMs);
}

bool NodeHealth::raise(const std::string& rule, Health health, int responseClass, const std::string& sentence, std::int64_t nowMs,
                       std::int64_t keepMs) {
    Kept kept;
    kept.finding = {rule, "host", sentence, health, responseClass, nowMs};
    kept.lastMs = nowMs;
    kept.keepMs = keepMs;
    kept.firing = keepMs == 0;
    return put(std::move(kept));
}

bool NodeHealth::clear(const std::string& rule) {
    return std::erase_if(m_kept, [&](const Kept& kept) { return kept.gpu == kHost && kept.finding.rule == rule; }) > 0;
}

bool NodeHealth::onReboot() {
    return std::erase_if(m_kept, [](const Kept& kept) { return kept.curedByReboot; }) > 0;
}

bool NodeHealth::expire(std::int64_t nowMs) {
    return std::erase_if(m_kept, [&](const Kept& kept) { return !kept.firing && kept.keepMs > 0 && nowMs - kept.lastMs >= kept.keepMs; }) > 0;
}

Health NodeHealth::gpuHealth(std::size_t gpu) const {
    Health health = Health::ok;
    for (const Kept& kept : m_kept)
        if (kept.gpu == static_cast<int>(gpu)) health = worse(health, kept.finding.health);
    return health;
}

Health NodeHealth::nodeHealth() const {
    Health health = Health::ok;
    for (const Kept& kept : m_kept) health = worse(health, kept.finding.health);
    return health;
}

std::vector<Finding> NodeHealth::findings() const {
    std::vector<Finding> findings;
    for (const Kept& kept : m_kept) findings.push_back(kept.finding);
    std::ranges::sort(findings, [](const Finding& a, const Finding& b) {
        return a.health != b.health ? a.health > b.health : a.sinceWallMs < b.sinceWallMs;
    });
    return findings;
}

} // namespace busbar::controller
