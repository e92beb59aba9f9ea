#include "widgets/views/plan/form_part.h"

#include "widgets/views/plan/burn_in_part.h"
#include "widgets/views/plan/deadline_part.h"
#include "widgets/views/plan/lease_part.h"

namespace busbar::views {

std::vector<FormPart*> makeFormParts(const VerbInfo& verb, QWidget* parent) {
    std::vector<FormPart*> parts;
    if (verb.asks.lease) parts.push_back(new LeasePart(parent));
    if (verb.asks.burnIn) parts.push_back(new BurnInPart(parent));
    if (verb.asks.deadline) parts.push_back(new DeadlinePart(parent));
    return parts;
}

} // namespace busbar::views
