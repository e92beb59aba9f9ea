#include "busbar-controller/health/gpu_xids.h"

#include "domain/xid_figure.h"

#include <algorithm>

namespace busbar::controller {
namespace {

constexpr std::int64_t kDayMs = 24 * 3'600'000LL;
constexpr std::int64_t kForgetMs = 7 * kDayMs; // health.md §1: remedies count within 7 days.
constexpr std::int64_t kSameLineMs = 500;      // An agent that was restarted may tell a line again, with the kernel's time.
constexpr std::size_t kMaxPast = 256;
constexpr std::size_t kMaxListed = 16;

// "(GPC 7, TPC 7, SM 0)" → "GPC 7, TPC 7"; empty when the line names none.
std::string unitIn(const std::string& text) {
    const auto start = text.find("GPC ");
    const auto tpc = start == std::string::npos ? start : text.find("TPC ", start);
    if (tpc == std::string::npos) return {};
    const auto end = text.find_first_not_of("0123456789", tpc + 4);
    return text.substr(start, end == std::string::npos ? end : end - start);
}

// Adds `word` to `list`; true when it stood there already.
bool wasListed(std::vector<std::string>& list, const std::string& word) {
    if (std::ranges::find(list, word) != list.end()) return true;
    if (list.size() < kMaxListed) list.push_back(word);
    return false;
}

int afterReboots(const XidRow& row, int times) {
    if (row.again >= 0) return std::max(row.again, row.responseClass);
    if (row.responseClass == 2) return times >= 2 ? 4 : 3;
    return row.responseClass == 3 && times >= 2 ? 4 : row.responseClass;
}

} // namespace

GpuXids::Past& GpuXids::pastOf(int gpu, int xid, std::int64_t wallMs) {
    std::erase_if(m_past, [wallMs](const Past& past) { return wallMs - past.lastWallMs > kForgetMs; });
    const auto known = std::ranges::find_if(m_past, [=](const Past& past) { return past.gpu == gpu && past.xid == xid; });
    if (known != m_past.end()) return *known;
    if (m_past.size() >= kMaxPast) m_past.erase(std::ranges::min_element(m_past, {}, &Past::lastWallMs));
    Past past;
    past.gpu = gpu;
    past.xid = xid;
    past.atReboot = m_reboots;
    return m_past.emplace_back(std::move(past));
}

GpuXids::Verdict GpuXids::judge(const XidRow& row, const FleetEvent& event, int gpu, const std::string& tenant) {
    Past& past = pastOf(gpu, row.code, event.wallMs);
    Verdict verdict{row.responseClass, row.health, {}, past.lastWallMs == 0 || std::abs(event.wallMs - past.lastWallMs) > kSameLineMs};
    const bool within = past.lastWallMs != 0 && event.wallMs - past.lastWallMs <= kDayMs;
    const auto raise = [&verdict](int responseClass, std::string why) {
        if (responseClass <= verdict.responseClass) return;
        verdict.responseClass = responseClass;
        verdict.health = worse(verdict.health, healthOfClass(responseClass));
        verdict.why = std::move(why);
    };
    if (verdict.isNew && past.atReboot != m_reboots) {
        past.atReboot = m_reboots;
        ++past.afterReboots;
    }
    if (past.afterReboots > 0 && row.responseClass >= 2)
        raise(afterReboots(row, past.afterReboots), past.afterReboots == 1 ? "again after a reboot" : fmt::format("again after {} reboots", past.afterReboots));
    if (row.fatalClass >= 0 && isFatalXid(event.text)) raise(row.fatalClass, "fatal by the driver's word");

    const std::string unit = unitIn(event.text);
    const bool sameUnit = !unit.empty() && wasListed(past.units, unit) && verdict.isNew && within;
    if (!tenant.empty()) wasListed(past.tenants, tenant);
    if (row.repeat == Repeat::any && within && verdict.isNew) raise(row.repeatClass, "again within a day");
    if (row.repeat == Repeat::unit && sameUnit) raise(row.repeatClass, "again on " + unit);
    if (row.repeat == Repeat::tenant && past.tenants.size() >= 2) raise(row.repeatClass, fmt::format("on {} tenants", past.tenants.size()));
    if (row.repeat == Repeat::tenants && past.tenants.size() >= 3) raise(row.repeatClass, fmt::format("on {} tenants", past.tenants.size()));
    past.lastWallMs = std::max(past.lastWallMs, event.wallMs);
    return verdict;
}

} // namespace busbar::controller
