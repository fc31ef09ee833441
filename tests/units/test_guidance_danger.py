"""Danger heard in a practitioner's words: little is missed, and history is not taken for now."""

import pytest

from bot.guidance.danger import in_danger

DANGER = """
he's hitting her now
He is hitting her right now and I can hear it
child is locked in
the toddler is locked in the bedroom and nobody is answering
The baby is not breathing
baby isn't breathing
she can't breathe
he wont wake up
mum won't wake up and there's a 2 year old in the house
says he'll kill her
Dad says he will kill them all tonight
he said hes going to kill her when she gets home
stepdad has threatened to stab him
threatening to hurt the baby
left alone tonight
The children have been left alone tonight, the eldest is 6
kids home alone now
two year old has been left on her own right now
there is no adult in the house with the baby
nobody is with the children
There's a man with a knife at the door
dad has got a knife
he is outside the school, drunk and shouting
mum is drunk and in charge of the baby
mum turns up drunk at pick up, he is in the car with her now
mum's passed out on the sofa and the baby is crying
she's taken an overdose
He says he wants to kill himself
my student is suicidal
she told me she is going to jump off the bridge
he's on a roof threatening to jump
she is cutting herself in the toilets
a child is in immediate danger
I think she is in danger
there's immediate risk tonight
The child is at risk right now, what do I do?
this is an emergency
should I call 999?
we need the police here
I've rung 999 and I'm waiting
she has gone missing
my pupil hasn't come home since last night
he ran away tonight and no one knows where he is
they are taking her to the airport tonight
her family are flying her abroad tomorrow to be married
she is scared to go home
he's refusing to go home because dad will beat him
a pupil has just told me her uncle touched her
he disclosed today that his dad punched him
she came in with a black eye this morning
fresh bruises on his arms
The baby has fresh burn marks
he was hit by his dad this morning
stepdad beat him last night
She says he is beating her mum
mum's boyfriend strangling her
he has his hands round her neck
he's got her by the throat
the house is on fire
the baby's gone blue and floppy
he's having a seizure
she's unconscious
bleeding from the head
I can hear screaming from next door, the children are in there
he's smashing up the house and the kids are inside
he's kicking the door in
It's not safe for them to stay there tonight
not safe
her life is in danger
He was arrested last year for assault and he is hitting her again now
I don't know if the threshold is met but he is hurting the baby
They said no further action. She is locked in her room as I type.
No reply from the social worker and he's going to hurt her
help now please
the child has not eaten for three days
he is being held against his will
what do I do he's hitting her right now
father is punching the boy in the car park
there's a 3yo outside by himself in the road
I'm at a home visit and the dad won't let me leave
mum says she is going to end it all tonight
The partner just turned up at the refuge with a hammer
14 year old has swallowed a box of tablets
A boy here says he is afraid to go home because his stepfather beats him
The child has a broken arm and dad can't explain it
he's been stabbed
she's being raped
they've left the baby in the car
girl is about to be taken to the airport for FGM
she says her dad came into her bed last night and touched her
i can see bruises all over him today
baby wont stop crying and mum says she'll shake him
mum is threatening to throw the baby out of the window
the kids are with him now and he's been drinking
he is going to murder her
child found wandering alone near the motorway
we have a baby here with unexplained bruising
newborn is going home today with parents who shook the last baby
he just hit his sister with a belt
The door is locked and I can hear a child crying for help
he's pinned her to the floor
an older man is picking her up from school right now
She's texted me that she doesn't want to be alive anymore
child at risk now
Dad's on his way to school and he's furious, says he'll take the kids
urgent: child in danger
he burned her with a cigarette this morning
mother has barricaded herself in with the children and is saying they're all going to heaven
he's pushed her down the stairs
A girl in my class says her dad will kill her if he finds out
there's a toddler hanging out of an upstairs window
Dad just ran off with the baby, he's not allowed contact
I'm with a 15 year old who has taken something and is very sleepy
he's waving a kitchen knife around
baby left with a 5 year old while mum is out tonight
she's hiding in the bathroom because he's trying to break in
The child looks really poorly and mum refuses to take him to hospital
there's blood on his clothes and he won't say what happened
a boy has come to school with a gun
Child is unsafe right now
he is battering her
Mum's boyfriend is hurting the baby, I can hear it through the wall
We can't find her, she was last seen two hours ago
dad said he'd drown the kids
The child is tied to the bed
I've just seen mum slap the baby in the waiting room
The parents are fighting and the children are screaming
He's high and he's got the baby
she said she wants to die
Foster carer says he has run off and it's dark
my client says she's planning to kill her baby
child in danger please help
stepdad just punched mum in front of the kids
He's coming to get her, she's hiding in the staff room
I've got a girl here who says she's been raped
a toddler is alone in the flat
The baby has been dropped on his head and mum won't call anyone
police needed at the house now
I can hear the mum screaming at him and things breaking
he's taken all his insulin
There's smoke coming out of the flat and the kids are inside
She's about to get in the car with a man she met online
mum has run off with the kids, she said she would drive them off a cliff
We think he is going to kill himself
she's gone to the railway line
her brother is forcing her onto a plane this afternoon
this boy is terrified of what dad will do when he gets home tonight
a grown man is in the house with the girls right now and nobody knows who he is
he is being sexually abused by his grandad
the gang are waiting outside school for him
baby is floppy and not feeding
I am really worried about tonight, dad is out of prison and knows where they are
mum high on heroin, two kids under 3 in the house
Father has barricaded himself in with the child
She has cut her wrists
the child is being starved
they left him locked in the car in this heat
there's been a stabbing outside school and he's involved
he keeps choking her
someone is threatening to throw acid at her
he's going to do something stupid tonight
I don't think she'll survive the night
he says he will kill me
The out of hours team will not come and the child is unsafe
I need urgent help for a child
It cannot wait until tomorrow
"""

SAFE = """
was hit last year
He was hit by his dad last year
what is immediate risk?
What counts as immediate danger?
what does significant harm mean
how do we decide if a child is in immediate danger?
The child is not in immediate danger
She's not in danger
there is no immediate risk
no immediate danger at the moment, but I disagree with the decision
dad isn't hitting him any more
he denies hitting her
Nobody is hurt
She used to be left alone when she was little
In 2019 he was beaten by a previous partner
historic allegation that the uncle touched her
mum took an overdose years ago
he was missing from home last month
when she was a baby she was shaken
there was a domestic incident three months ago
My referral was not accepted
children's social care said the threshold is not met
they want more information before they act
nobody has replied to my referral
I have heard nothing for two weeks
the case was closed and I disagree
The plan is not progressing and the core group has not met
police did not come to the strategy meeting
how do I challenge a consultant
I'm scared to challenge my manager
I am afraid of looking stupid
I feel attacked in meetings
what should I write down
what are the stages
who do I call next
how long do they have to answer
The voice of the child is missing from the assessment
she is missing school a lot
the report is missing
They keep missing appointments
I have a gut feeling that something is wrong
the parents say everything is fine but I am not convinced
the family is hitting its targets
he is hitting all his milestones
We keep hitting a brick wall
the manager kicked off when I rang
I want to escalate
raise an escalation
The health visitor is not engaging
no allocated social worker
there is no placement available
my own manager does not back me
someone has challenged my decision
allegation against a teacher
I want to make a complaint
they are threatening to close the case
The placement is breaking down
they have not come back to me
the emergency duty team did not ring back
is an emergency protection order needed?
police will not share information
the GP did not send the report
I disagree with the conference decision
she is on a child protection plan for neglect
We need a strategy meeting this week
should this be a section 47 enquiry
things have got worse since the decision
I need help with the wording of an e-mail
how do I say it without being rude
it doesn't hurt to ask
I am on my own with this decision
dad is abusing alcohol, and the assessment ignored it
when should I ring the police?
if a child is in danger who do we ring
The policy says ring if a child is in danger
checklist
hello
urgent care pathway question
the social worker left and the new one is not up to speed
they cut the funding for the service
she was unhappy with how I put it and it hurt our relationship
The social worker closed the case last week without telling us
I rang the front door and they said it doesn't meet section 47
we asked police for information and they refused
the mother was assaulted by her ex in 2020, and the social worker says this is history
the assessment says there is no risk to the child
I don't feel confident in challenging a doctor
he was previously on a plan for physical abuse
my concern is that neglect is getting worse over time
Child's wishes were not recorded in the report
the manager shouted at me on the phone
who should I go to next if my manager says no
strategy discussion was held without health
Is there an example of a good e-mail?
school will not attend the core group
father has a history of violence and drug use
they have asked for consent before they look at it
what's the difference between a complaint and an escalation
the risk is being minimised
I think this child has been sexually abused but nobody believes me
The baby was born withdrawing from drugs and they want to step down
the child is living in a cold dirty home and there's not enough food
domestic abuse incidents keep being logged as no further action
CAMHS waiting list is 18 months
it has been 6 weeks since the last visit
my colleague has been accused of hurting a child
I am being asked to change my report
the teacher put his hands on a pupil last term
I am worried that he will be harmed if the plan ends
what do I say when they tell me I'm overreacting
the child protection plan ended and I'm not happy
The chair said there was no risk but I disagree
mum says dad has never hurt the children
this family has had 14 police call outs
there has been no strategy meeting since the fracture last year
the police officer did not ring me back
I feel threatened by the tone of the e-mail
can you help me now with the checklist
I need a reply today
the team manager is off today, who else can I ring?
we agreed this morning that the case would stay open
the decision was made yesterday and I was not told
should we share information without consent?
I had a row with the social worker and I am worried it has harmed our relationship
the child said in school that he likes his new foster home
child seen alone and says she feels safe
is it safe to close this case?
he was beaten as a child himself
The child was locked in her room a year ago
the case is at risk of drift
young carer is home with mum a lot
there is a risk assessment missing
mum had a suicide attempt last year, and this was not in the assessment
the worker cut me off
the school excluded him for hitting another pupil last term
can I escalate if I wasn't at the meeting
we were not told the baby was home from hospital
mum is pregnant and they will not assess until she is 30 weeks
the police logged it as a standard risk
the child has bruises on file from 2021
I said I was worried and she cut me off
there's a risk that the plan falls apart
my manager will kill me if I escalate
this is killing our working relationship
I am drowning in paperwork
we've been fighting for a placement for months
dad is threatening to make a complaint
the school is threatening to exclude him
no one is listening to me
the child is not being heard
the house is cold and dirty, and it has been like that for years
there was a stabbing two years ago and it is in the assessment
they want to hold off until the next review
should I be worried that mum drinks a lot
he is on a waiting list for CAMHS, self harm was mentioned at referral
I feel sick about this decision
is it normal that they don't reply to emails
I asked for a welfare check and they refused
the police refused to do a joint visit
they said the risk is low and I disagree
she has disclosed historic abuse from when she was six
there have been several missing episodes since summer
what happens if the other side says no
he attacked a member of staff last term
how to get a child's voice heard in a conference
the review is tomorrow and I need to prepare
I'm off tonight, can I do this tomorrow?
today's meeting was cancelled again
The social worker told me today that the case is closed
right now there's no allocated worker
we need to act now on this drift
The voice of the child is missing
The child's voice is missing
The safety plan is not safe
They are hiding behind GDPR
It is being pushed onto school to hold this family
I need an answer right away
"""


def _lines(text: str) -> list[str]:
    return [line for line in text.strip().splitlines() if line]


@pytest.mark.parametrize("words", _lines(DANGER))
def test_present_danger_is_heard(words: str) -> None:
    """Somebody at risk now is heard, however it is typed."""
    assert in_danger(words)


@pytest.mark.parametrize("words", _lines(SAFE))
def test_history_questions_and_sayings_are_no_danger(words: str) -> None:
    """What was, what is not, what a word means, and trade words raise no alarm."""
    assert not in_danger(words)


def test_one_sentence_of_danger_in_a_long_account_is_enough() -> None:
    """A long, calm account hides no danger, whatever stands around it."""
    calm = "The plan was agreed last year. Nobody is hurt. What is immediate risk? " * 20
    assert not in_danger(calm)
    assert in_danger(f"{calm} He is hitting her now. {calm}")


def test_shouting_and_curly_quotes_change_nothing() -> None:
    """Capitals, typographic quotes and no punctuation at all are read alike."""
    assert in_danger("HE’S HITTING HER NOW")
    assert in_danger("hes hitting her")


def test_any_script_is_read_without_harm() -> None:
    """Text of any kind gives an answer."""
    assert not in_danger("")
    assert not in_danger("😀 مرحبا \x00 ' '' s")


def test_a_very_long_text_is_heard_at_its_begin_and_its_end() -> None:
    """A pasted report of any length is answered at once, and its last words are heard."""
    report = "The plan was agreed and the visits took place. " * 2_000
    assert not in_danger(report)
    assert in_danger(f"{report} He is hitting her now.")
    assert in_danger(f"He is hitting her now. {report}")
