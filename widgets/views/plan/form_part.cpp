#include "widgets/views/plan/form_part.h"

#include "widgets/views/parts/line.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/plan/burn_in_part.h"
#include "widgets/views/plan/deadline_part.h"
#include "widgets/views/plan/lease_part.h"
#include "widgets/views/plan/override_part.h"
#include "widgets/views/plan/start_part.h"

#include <QLineEdit>

namespace busbar::views {

void tellField(Line* line, QLineEdit* field, const Status& status, const QString& meaning) {
    Run words = plain(status.ok() ? meaning : toQt(sentenceOf(status)), status.ok() ? Tone::muted : Tone::text, kCaptionPx);
    if (!status.ok()) words.sign = Sign::p2;
    line->setRuns({words});
    field->setAccessibleDescription(line->text());
}

std::vector<FormPart*> makeFormParts(const VerbInfo& verb, QWidget* parent) {
    std::vector<FormPart*> parts;
    if (verb.asks.lease) parts.push_back(new LeasePart(parent));
    if (verb.asks.burnIn) parts.push_back(new BurnInPart(parent));
    if (verb.asks.failed) parts.push_back(new OverridePart(parent));
    if (verb.asks.deadline) parts.push_back(new DeadlinePart(parent));
    parts.push_back(new StartPart(verb.asks.lease ? QStringLiteral("a lease is not queued: its GPUs are promised at once") : QString(), parent));
    return parts;
}

} // namespace busbar::views
