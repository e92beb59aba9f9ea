// What can be told to the tenants whose GPUs a plan touches: which leases, which nodes, when, and what it means for them. Pure functions.
#pragma once

#include "domain/action.h"

#include <QString>
#include <QVector>

#include <functional>

namespace busbar::views {

/// A lease on a node, as the fleet shows it.
struct LeaseHold {
    std::string leaseId, tenant;
    std::int64_t gpus = 0; ///< of that node
};
/// The leases on a node; empty: none, or not known here.
using HoldsOf = std::function<std::vector<LeaseHold>(const std::string& nodeId)>;

struct TenantText {
    QString tenant; ///< empty: this console does not know whose lease it is
    QString text;
};

/// One text a tenant, by name; none where the plan takes nothing from anybody. What is not known is left out, never guessed.
QVector<TenantText> tenantTexts(const Plan& plan, const HoldsOf& holdsOf, const QString& siteTitle);

} // namespace busbar::views
