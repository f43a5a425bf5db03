# Takes a page, refuses what Bursar does not write, and frames the rest. `$run` is how the address of a run of this repository
# begins, as a regular expression: the one thing that a page may link to.

def refuse(why): error("the page " + why);
def refuse_if(condition; why): if condition then refuse(why) else . end;

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
| refuse_if(test("[\\x00-\\x08\\x0b-\\x1f\\x7f]|[\\x{80}-\\x{9f}\\x{ad}\\x{61c}\\x{200b}-\\x{200f}\\x{2028}-\\x{202e}\\x{2060}-\\x{206f}\\x{feff}]"); "holds hidden characters")
# Where a span ends must be beyond doubt.
| refuse_if([scan("`[^`\n]*`")] | any(test("\\|")); "holds a code span that a table would cut")
| refuse_if($body | test("``|\\\\`"); "holds a code span that could be read in two ways")
| refuse_if($outside | test("`"); "holds a code span without an end")
| refuse_if([range($lines | length) as $i | $lines[$i] | select(opens_html) | test("`") or (($lines[$i + 1] // "") | (. == "" or opens_html) | not)] | any; "holds text inside of HTML")
| refuse_if($outside | gsub("</?(details|summary|sub|b)>|<details open>|<br ?/?>"; "") | gsub("(?<line>^|\n)> "; "\(.line)") | test("[<>]"); "holds HTML")
| refuse_if($outside | test("@"); "mentions somebody")
| refuse_if($outside | test("#[0-9]|GH-[0-9]"); "refers to an issue")
| refuse_if($outside | gsub("\\]\\(" + $run + "[0-9]+\\)"; "]") | test("\\]\\(|\\]\\[|\\]:|://|www\\.|!\\["); "holds a link or an image")
| $marker + "\n"
  + "> **From a fork.** The text below was made by a run of the pull request's own code, with no access to anything. "
  + "It may say anything, so it is no approval record: look at the files.\n\n"
  + $body + "\n"
