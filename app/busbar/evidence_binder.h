// Joins a view of evidence to the session: has its signatures checked against the profile's CA, again whenever a further step has ended, and
// writes its export. Both off the GUI thread; an answer that comes after its view is gone is dropped. A child of the view. GUI thread only.
#pragma once

#include "busbar/live_fleet.h"
#include "widgets/views/evidence/evidence_view.h"

#include <QObject>

#include <functional>
#include <memory>

namespace busbar::console {

class EvidenceBinder : public QObject {
    Q_OBJECT
public:
    EvidenceBinder(LiveFleet& live, views::EvidenceView& view);

private:
    void check();
    /// What a late answer says is dropped: another question is out.
    void take(int question, const StatusOr<session::EvidencePtr>& evidence);
    void exportTo(const QString& path);
    void write(const QString& path, const session::EvidencePtr& evidence);

    LiveFleet& m_live;
    views::EvidenceView& m_view;
    int m_question = 0; ///< the newest
};

/// What an answer about the signatures of that target says to people, and what is proven of it.
views::SignatureState signatureOf(const StatusOr<session::EvidencePtr>& evidence, const std::string& nodeId);
/// Writes the text as it is, all of it or nothing, off the GUI thread; `done` is called on it.
void writeExport(const QString& path, std::shared_ptr<const std::string> text, std::function<void(const Status&)> done);

} // namespace busbar::console
