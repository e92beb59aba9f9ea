#include "busbar-controller/health/node_health.h"

#include <fmt/format.h>

#include <algorithm>

namespace busbar::controller {
namespace {

constexpr int kXidRecoveryAction = 154;
// The driver's field follows its XID; until then an older "none" says nothing about it.
constexpr std::int64_t kDriverAnswersMs = 5'000;

std::string decided(std::string sentence, const std::string& file, const std::string& row) { return fmt::format("{} ({}: {})", sentence, file, row); }

// "… changed from 0x0 (None) to 0x1 (GPU Reset Required)" → 1; -1 when the line says none.
std::int64_t recoveryActionIn(const std::string& text) {
    const auto to = text.find(" to 0x");
    if (to == std::string::npos || to + 6 >= text.size()) return -1;
    const char digit = text[to + 6];
    return digit >= '0' && digit <= '9' ? digit - '0' : -1;
}

// "0000:04:00.0" of "… SXid (PCI:0000:04:00.0): …".
std::string switchIn(const std::string& text) {
    const auto start = text.find("(PCI:");
    const auto end = start == std::string::npos ? start : text.find(')', start);
    return end == std::string::npos ? std::string("?") : text.substr(start + 5, end - start - 5);
}

} // namespace

void NodeHealth::setGpus(const std::vector<GpuIdentity>& gpus, bool driverPresent, const std::string& driver, std::int64_t nowMs) {
    std::vector<std::string> uuids;
    uuids.reserve(gpus.size());
    for (const GpuIdentity& gpu : gpus) uuids.push_back(gpu.uuid);
    if (uuids != m_uuids) {
        std::erase_if(m_kept, [](const Kept& kept) { return kept.gpu != kHost; });
        m_xids.forgetGpus();
        m_uuids = std::move(uuids);
        m_lastRules.assign(m_uuids.size(), 0);
    }
    if (driverPresent && !gpus.empty())
        clear("no-driver");
    else if (driverPresent) // GPUs that fell off the bus have no handle: a node without any is not well.
        raise("no-driver", fmt::format("{} answers, and no GPU can be read", driver), nowMs);
    else
        raise("no-driver", driver.empty() ? "no NVIDIA driver" : driver, nowMs);
}

NodeHealth::Kept* NodeHealth::find(const std::string& component, const std::string& rule) {
    const auto found = std::ranges::find_if(m_kept, [&](const Kept& kept) { return kept.finding.component == component && kept.finding.rule == rule; });
    return found == m_kept.end() ? nullptr : &*found;
}

bool NodeHealth::put(Kept kept) {
    if (Kept* old = find(kept.finding.component, kept.finding.rule)) {
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

int NodeHealth::slotOf(const FleetEvent& event) const { return event.gpu >= 0 && static_cast<std::size_t>(event.gpu) < m_uuids.size() ? event.gpu : kHost; }

bool NodeHealth::applyRule(std::size_t gpu, const GpuRule& rule, bool fires, const GpuSigns& signs, std::int64_t nowMs) {
    const int slot = static_cast<int>(gpu);
    if (!fires) {
        Kept* kept = find(componentOf(slot), rule.name);
        if (kept == nullptr) return false;
        kept->firing = false;
        if (rule.keepMs > 0) return false;
        m_kept.erase(m_kept.begin() + (kept - m_kept.data()));
        return true;
    }
    Kept kept;
    kept.finding = {rule.name, componentOf(slot), decided(busbar::sentenceOf(rule, signs), rule.file, rule.name), rule.health, rule.responseClass, nowMs};
    kept.gpu = slot;
    kept.lastMs = nowMs;
    kept.keepMs = rule.keepMs;
    kept.firing = true;
    return put(std::move(kept));
}

bool NodeHealth::onSample(std::size_t gpu, const GpuSigns& signs, std::int64_t nowMs) {
    if (gpu >= m_lastRules.size()) return false;
    bool changed = signs[Metric::recoveryAction] == 0 && !m_kept.empty() && calm(static_cast<int>(gpu), nowMs);
    const std::uint64_t firing = rules().firing(signs);
    const std::uint64_t before = std::exchange(m_lastRules[gpu], firing);
    if (firing == 0 && before == 0) return changed;
    for (std::size_t i = 0; i < rules().rules().size(); ++i) {
        const bool fires = ((firing >> i) & 1U) != 0;
        if (fires || ((before >> i) & 1U) != 0) changed |= applyRule(gpu, rules().rules()[i], fires, signs, nowMs);
    }
    return changed;
}

// The driver's own answer beats the table (health.md §1): it asks for nothing, so an XID of class 2 or 3 is only to be watched.
bool NodeHealth::calm(int gpu, std::int64_t nowMs) {
    bool changed = false;
    for (Kept& kept : m_kept) {
        if (kept.gpu != gpu || !kept.ofXid || kept.finding.responseClass < 2 || kept.finding.responseClass > 3 || nowMs - kept.lastMs < kDriverAnswersMs) continue;
        kept.finding.responseClass = 1;
        kept.finding.health = Health::watch;
        kept.finding.sentence += "; the driver asks for no remedy";
        changed = true;
    }
    return changed;
}

bool NodeHealth::onEvent(FleetEvent& event, const std::string& tenant, std::int64_t nowMs) {
    if (event.kind == EventKind::xid && event.xid == kXidRecoveryAction) return onRecoveryAction(event, nowMs);
    if (event.kind == EventKind::xid) return onXid(event, tenant, nowMs);
    if (event.kind == EventKind::sxid) return onSxid(event, nowMs);
    if (event.kind == EventKind::kernel && event.severity >= 3) return raiseAt(slotOf(event), "bus-lost", event.text, nowMs);
    return false;
}

bool NodeHealth::onXid(FleetEvent& event, const std::string& tenant, std::int64_t nowMs) {
    const XidRow* row = m_tables->xid(event.xid);
    if (row == nullptr) {
        event.severity = 1; // Unused by NVIDIA's catalogue: somebody should look it up.
        return false;
    }
    const int gpu = slotOf(event);
    const GpuXids::Verdict verdict = m_xids.judge(*row, event, gpu, tenant);
    event.severity = event.severity == 0 ? 0 : severityOfClass(verdict.health == Health::failed ? 4 : verdict.responseClass);
    const std::int64_t keepMs = verdict.responseClass <= 1 ? kUserXidKeepMs : kXidKeepMs;
    if (verdict.health == Health::ok || nowMs - event.wallMs > keepMs) return false;
    Kept kept;
    kept.gpu = gpu;
    const std::string meaning = verdict.why.empty() ? row->meaning : row->meaning + ", " + verdict.why;
    kept.finding = {fmt::format("xid-{}", event.xid), componentOf(gpu), decided(fmt::format("XID {}: {}", event.xid, meaning), row->file, fmt::format("xid {}", event.xid)),
                    verdict.health, verdict.responseClass, event.wallMs > 0 ? event.wallMs : nowMs};
    kept.lastMs = kept.finding.sinceWallMs;
    kept.keepMs = keepMs;
    kept.curedByReboot = verdict.responseClass <= 3;
    kept.ofXid = true;
    return put(std::move(kept));
}

bool NodeHealth::onSxid(FleetEvent& event, std::int64_t nowMs) {
    using Severity = SxidRow::Severity;
    const SxidRow* row = m_tables->sxid(event.xid);
    const bool saysFatal = event.severity >= 3;
    const Severity severity = row == nullptr ? (saysFatal ? Severity::fatal : Severity::nonFatal) : saysFatal ? std::max(row->severity, Severity::fatal) : row->severity;
    event.severity = severity == Severity::nonFatal ? 0 : severity == Severity::fatal ? 2 : 3;
    if (severity == Severity::nonFatal || nowMs - event.wallMs > kXidKeepMs) return false;
    Kept kept;
    const std::string what = severity == Severity::fabric ? "fatal to the whole fabric, restart the host" : "fatal, restart the partition's nodes";
    const std::string meaning = row == nullptr ? "not in the table" : row->meaning;
    kept.finding = {fmt::format("sxid-{}", event.xid), "NVSwitch " + switchIn(event.text), decided(fmt::format("SXID {}: {}: {}", event.xid, meaning, what), row == nullptr ? "the driver's word" : row->file, fmt::format("sxid {}", event.xid)),
                    severity == Severity::fabric ? Health::failed : Health::degraded, 3, event.wallMs > 0 ? event.wallMs : nowMs};
    kept.lastMs = kept.finding.sinceWallMs;
    kept.keepMs = kXidKeepMs;
    kept.curedByReboot = true;
    return put(std::move(kept));
}

// XID 154 says what NVML's field 230 says: the same rules judge it.
bool NodeHealth::onRecoveryAction(const FleetEvent& event, std::int64_t nowMs) {
    const int gpu = slotOf(event);
    const std::int64_t action = recoveryActionIn(event.text);
    if (gpu == kHost || action < 0) return false;
    GpuSigns signs;
    signs.set(Metric::recoveryAction, action);
    bool changed = false;
    for (const GpuRule& rule : rules().rules())
        if (rule.metric == Metric::recoveryAction) changed |= applyRule(static_cast<std::size_t>(gpu), rule, action >= rule.atLeast && action < rule.below, signs, nowMs);
    return changed;
}

bool NodeHealth::onStuck(const std::vector<std::string>& stuck, std::int64_t nowMs) {
    if (stuck.empty()) return clear("collector-stuck");
    return raise("collector-stuck", fmt::format("{}", fmt::join(stuck, "; ")), nowMs);
}

bool NodeHealth::raise(const std::string& sign, const std::string& sentence, std::int64_t nowMs) { return raiseAt(kHost, sign, sentence, nowMs); }

bool NodeHealth::raiseAt(int gpu, const std::string& sign, const std::string& sentence, std::int64_t nowMs) {
    const SignRow* row = m_tables->sign(sign);
    if (row == nullptr || row->health == Health::ok) return false;
    Kept kept;
    // A sign states a fact; only a site's own row makes it worth saying who judged it so.
    kept.finding = {sign, componentOf(gpu), row->file == kSignFile ? sentence : decided(sentence, row->file, sign), row->health, row->responseClass, nowMs};
    kept.gpu = gpu;
    kept.lastMs = nowMs;
    kept.keepMs = row->keepMs;
    kept.firing = row->keepMs == 0;
    kept.curedByReboot = sign == "bus-lost";
    return put(std::move(kept));
}

bool NodeHealth::clear(const std::string& sign) {
    return std::erase_if(m_kept, [&](const Kept& kept) { return kept.gpu == kHost && kept.finding.rule == sign; }) > 0;
}

bool NodeHealth::onReboot() {
    m_xids.onReboot();
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
    findings.reserve(m_kept.size());
    for (const Kept& kept : m_kept) findings.push_back(kept.finding);
    std::ranges::sort(findings, [](const Finding& a, const Finding& b) {
        return a.health != b.health ? a.health > b.health : a.sinceWallMs < b.sinceWallMs;
    });
    return findings;
}

} // namespace busbar::controller
