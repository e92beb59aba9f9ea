// A proof as a page for people (Markdown). Pure function of proof.json.
#pragma once

#include "busbarctl/proof/parts.h"

namespace busbar::ctl {

std::string proofPage(const Json& proof);

} // namespace busbar::ctl
