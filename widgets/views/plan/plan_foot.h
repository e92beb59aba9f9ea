// Foot of the plan dialog: what can be done with the plan as it is on show (a file, its nodes on the heatmap), why it cannot be submitted yet,
// and the ways on and out. GUI thread only.
#pragma once

#include "widgets/views/parts/surface.h"

namespace busbar::views {

class PlanFoot : public Surface {
    Q_OBJECT
public:
    explicit PlanFoot(QWidget* parent = nullptr);

    Button* exporting() const { return m_export; }
    Button* heatmap() const { return m_heatmap; }
    Button* preview() const { return m_preview; }
    Button* submit() const { return m_submit; }
    Button* cancel() const { return m_cancel; }
    /// Why Submit is closed; empty opens it. A word said by tell() goes before it for a while.
    void setWhy(const QString& why, std::int64_t nowMs);
    /// How what the person asked for ended: "… written".
    void tell(const QString& sentence, Sign sign, std::int64_t nowMs);

private:
    Button *m_export, *m_heatmap, *m_preview, *m_submit, *m_cancel;
    Line* m_why;
    QString m_told;
    Sign m_toldSign = Sign::none;
    std::int64_t m_toldMs = 0;
};

} // namespace busbar::views
