// The first screen without a usable profile: what is wrong, and the three ways on: open a profile file, enrol with a site, start the demo.
// It does nothing by itself: what a person chose is emitted, or given as the exact command to copy. GUI thread only.
#pragma once

#include "widgets/views/parts/surface.h"

class QLineEdit;
class QListWidget;

namespace busbar::views {

/// What makes a profile of a certificate that an admin has issued.
struct EnrolIntent {
    QString profile, site, address;
    QString folder; ///< holds ca.pem, cert.pem and key.pem
};

/// The command with which an admin issues the certificate: the screen offers it to copy.
QString issueCommand(const QString& user);

class WelcomeView : public Surface {
    Q_OBJECT
public:
    explicit WelcomeView(QWidget* parent = nullptr);

    /// Why there is no fleet on the screen: a sentence, empty when no profile was asked for.
    void setProblem(const QString& sentence);
    QString problem() const;
    /// The profile whose fleet is open while another is looked for; empty: none.
    void setOpenProfile(const QString& name);
    /// Profiles found in `directory`, one click each.
    void setProfiles(const QStringList& names, const QString& directory);
    /// The command that starts the demo on this machine.
    void setDemoCommand(const QString& command);

Q_SIGNALS:
    void profileFileChosen(const QString& path);
    void profileChosen(const QString& name);
    void enrolRequested(const busbar::views::EnrolIntent& intent);

private:
    QWidget* buildOpenCard();
    QWidget* buildEnrolCard();
    QWidget* buildDemoCard();
    EnrolIntent enrolIntent() const;
    void showEnrol();

    Surface* m_problemBox;
    Paragraph* m_problem;
    Line* m_title;
    Line* m_words;
    Line* m_found = nullptr;
    QListWidget* m_profiles = nullptr;
    QLineEdit* m_profileName = nullptr;
    QLineEdit* m_site = nullptr;
    QLineEdit* m_address = nullptr;
    QLineEdit* m_folder = nullptr;
    Button* m_enrol = nullptr;
    QLineEdit* m_command = nullptr;
    QLineEdit* m_demo = nullptr;
};

} // namespace busbar::views
