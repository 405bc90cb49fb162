# Old lists without List-Id are told by what stands in brackets before the subject. Answers have it too.
require ["fileinto", "variables"];

if header :matches "subject" ["[*] *", "Re: [*] *", "AW: [*] *"] {
	set :lower :upperfirst "name" "${1}";
	# Not everything in brackets is a list.
	if string :is "${name}" ["Choir", "Football", "Neighbours"] {
		fileinto "Lists/${name}";
	}
}
