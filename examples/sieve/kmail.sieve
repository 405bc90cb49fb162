# Rules as KMail's wizard writes them: one long if, with a name in front of each branch.
#SCRIPTNAME: kmail
#RULENAME: Developers
require ["fileinto", "imap4flags"];
if header :contains "X-KDE-Source" "bugs"
{
    setflag "\\Flagged";
    fileinto "KDE/Bugs";
    stop;
}
#RULENAME: Mailing lists
elsif header :matches [ "List-Id" , "X-Mailing-List" ] [ "*kde-*" , "*plasma*" ]
{
    fileinto "KDE/Lists";
    stop;
}
#RULENAME: Large
elsif not size :under 1M
{
    fileinto "Large";
}
else
{
    keep;
}
