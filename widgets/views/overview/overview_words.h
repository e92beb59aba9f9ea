// Words of the overview: sentences, captions and tooltips. Pure functions.
#pragma once

#include "items/site_model.h"
#include "store/action_book.h"
#include "store/fleet_tally.h"

#include <QString>

namespace busbar::views {

/// The sentence that stands in the place of a site's values: it has sent nothing yet, was refused, or has no nodes. Empty: show the values.
QString rowSentence(const items::SiteRow& site);
/// All counts of a site as rich text: the exclusive parts with their share, their sum, nodes by source, and since when they are old.
QString siteTip(const items::SiteRow& site);
/// The fleet row's second line: "13 of 14 live".
QString liveSitesText(const items::FleetTotal& total);
/// "4,096 GPUs left out: osl1 stale": empty when nothing is.
QString leftOutText(const items::SiteModel& model);

/// "NVIDIA H100 80GB HBM3" → "H100 80GB HBM3"; "model not known" for the empty name.
QString modelText(std::string_view model);
/// The node's name, with its site before it where the name does not begin with that.
QString placeName(std::string_view id);
/// What is wrong with a node, as a sentence: its facts, then its newest warning.
QString urgentText(const store::UrgentNode& node);
/// Where something happened: the node, or "pdx1 · 14 nodes" of a line of several.
QString happeningPlace(const store::Happening& happening);
/// How an action stands: "waiting for 1 process", "wave 2 of 3".
QString actionProgressText(const Action& action);

} // namespace busbar::views
