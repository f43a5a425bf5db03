# Takes a page, refuses what Bursar does not write, and frames the rest. `$run` is how the address of a run of this repository
# begins, as a regular expression: the one thing that a page may link to.

def refuse(why): error("the page " + why);
def refuse_if(condition; why): if condition then refuse(why) else . end;

# What Bursar makes visible wherever it comes from, src/output/escape.rs.
def hidden: explode | any(
  (. >= 128 and . <= 159) or . == 173 or . == 847 or . == 1564 or . == 4447 or . == 4448 or . == 6068 or . == 6069
  or (. >= 6155 and . <= 6159) or (. >= 8203 and . <= 8207) or (. >= 8232 and . <= 8238) or (. >= 8288 and . <= 8303)
  or . == 12644 or (. >= 65024 and . <= 65039) or . == 65279 or . == 65440 or (. >= 65520 and . <= 65531)
  or (. >= 113824 and . <= 113827) or (. >= 119155 and . <= 119162) or (. >= 917504 and . <= 921599));
# What stands outside of code spans. All data of files and centers stands inside of one.
def bare: gsub("`[^`\n]*`"; "");
# A line at which GitHub may begin to read HTML instead of Markdown, until a blank line. Text that follows right upon a tag
# such as <sub> keeps it Markdown.
def opens_html: test("^[\\s>*+0-9.)-]*<") and (test("^<sub>[A-Za-z]") | not);

rtrimstr("\n")
| (split("\n")[0] | rtrimstr("\r")) as $marker
| (split("\n")[1:] | join("\n")) as $body
| ($body | bare) as $outside
| ($body | split("\n")) as $lines
| refuse_if($marker | test("^<!-- bursar:[^<>]+ -->$") | not; "does not begin with a marker")
| refuse_if($body | test("<!--|-->"); "holds a second marker")
| refuse_if(test("[\\x00-\\x08\\x0b-\\x1f\\x7f]") or hidden; "holds hidden characters")
# Where a span ends must be beyond doubt.
| refuse_if([scan("`[^`\n]*`")] | any(test("\\|")); "holds a code span that a table would cut")
| refuse_if($body | test("``|\\\\`"); "holds a code span that could be read in two ways")
| refuse_if($outside | test("`"); "holds a code span without an end")
| refuse_if([range($lines | length) as $i | $lines[$i] | select(opens_html) | test("`") or (($lines[$i + 1] // "") | (. == "" or opens_html) | not)] | any; "holds text inside of HTML")
| refuse_if($outside | gsub("</?(details|summary|sub|b)>|<details open>|<br ?/?>"; "") | gsub("(?<line>^|\n)> "; "\(.line)") | test("[<>]"); "holds HTML")
| refuse_if($outside | test("\\\\|&[A-Za-z#]"); "holds an escape, which hides what it is")
| refuse_if($outside | test("@"); "mentions somebody")
| refuse_if($outside | test("#[0-9]|gh-[0-9]"; "i"); "refers to an issue")
| refuse_if([$outside | scan("(?<![0-9A-Za-z.,/])[0-9a-fA-F]{7,40}(?![0-9A-Za-z])")] | any(test("[a-fA-F]")); "refers to a commit")
# GitHub draws formulas, diagrams and maps from these, and what stands in a code span there is part of them.
| refuse_if($outside | test("~~~|\\$"); "holds a formula or a fence")
| refuse_if($outside | gsub("(?<!!)\\[[A-Za-z ]+\\]\\(" + $run + "[0-9]+\\)"; "") | test("\\]\\(|\\]\\[|\\]:|://|www\\.|!\\["); "holds a link or an image")
| $marker + "\n"
  + "> **From a fork.** The text below was made by a run of the pull request's own code, with no access to anything. "
  + "It may say anything, so it is no approval record: look at the files.\n\n"
  + $body + "\n"
