# Old lists without List-Id have brackets at the start of the subject. Answers have them too.
require ["fileinto", "variables"];

if header :matches "subject" ["[*] *", "Re: [*] *", "AW: [*] *"] {
	set :lower :upperfirst "name" "${1}";
	# Not every bracket is a list.
	if string :is "${name}" ["Choir", "Football", "Neighbours"] {
		fileinto "Lists/${name}";
	}
}
