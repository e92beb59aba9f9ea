// A part of the form of a plan: what a verb asks for before its preview. Which parts a verb has stands in its row of the table
// (parts/verbs.h). GUI thread only.
#pragma once

#include "base/status.h"
#include "domain/action.h"
#include "widgets/views/parts/verbs.h"

#include <QWidget>

#include <vector>

class QLineEdit;

namespace busbar::views {

class Line;

class FormPart : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;
    /// Shows the request's values; emits nothing.
    virtual void setRequest(const PlanRequest& request) = 0;
    /// Writes what the form says now into `request`. Only without a problem().
    virtual void fill(PlanRequest& request) const = 0;
    /// The first field that cannot be sent, as a sentence; each wrong field says so itself. Empty: all can.
    virtual QString problem() const { return {}; }
    /// A preview has come: words that depend on it.
    virtual void setPlan(const Plan&) {}
    /// Why `force` is not for this person; empty: it is.
    virtual void setForceOff(const QString&) {}
    /// Why going past a failed check is not for this person; empty: it is.
    virtual void setOverrideOff(const QString&) {}

Q_SIGNALS:
    /// Something is being typed: the preview does not fit any more, the next one is made when the person asks for it.
    void edited();
    /// One of several was chosen: the preview can be made anew at once.
    void chosen();
};

/// Says in `line` what is wrong with what `field` holds, or what it means.
void tellField(Line* line, QLineEdit* field, const Status& status, const QString& meaning);

/// The parts of `verb`, in the order of the screen.
std::vector<FormPart*> makeFormParts(const VerbInfo& verb, QWidget* parent);

} // namespace busbar::views
