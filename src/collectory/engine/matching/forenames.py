"""Forenames that people have, so that two which differ by a letter are known for two; and what names are short for.

Our own short lists, of what is usual in England's schools: a slip seldom makes one of these names of another. Where
many pupils are matched, what occurs among them is usual too.
"""

from __future__ import annotations

_USUAL = """
aaron adam aidan aiden alan alana alba albie alex alexa alexis alfie alice alicia alina alisha alma amara amber amelia
amelie amina amir amira amy ana andrea andreas andrei andrew angel angela angelo anita anna anne annie anya aria
ariana arjan arlo arthur arya asher ashley aurora austin ava axel ayaan ayan ayla barney beau bella ben beth betsy
bobby bonnie brady brody bryan caleb cara carl carla carly carol casey celia chiara chloe christian christina clara
clare cody cole connor cora daisy dale dan dana daniel daniela daniele darcey darcie daria dario darren dave david
dawn dean deborah della demi denis dennis devon diana diego dina dominic dominik donna dora dylan eden edie eileen
elena elia eliana elias elijah elin elina elisa elise eliza ella elle ellen ellie ellis elsa elsie ema emil emilia
emilie emily emma eric erica erik erin esme ethan eva evan eve evelyn evie ezra faith farah felix finlay finley flora
florence frances francesca francesco francis frank frankie freddie freddy freya gabriel gabriele gabriella gary gemma
george georgia georgie gia gina gino grace gracie haidar halima hamid hana hanna hannah harley harlow harper harris
harry harvey hasan hassan hattie hayden hazel heather heidi helen helena henry hollie holly hugo hussain ian ibraheem
ibrahim ida iman imran inaya ines ira irene iris isaac isabel isabella isabelle isla ismail ivan ivana ivy jack jacob
jada jade jaden jake jakub jamal james jamie jan jana jane janet janice jared jason jay jayden jean jenna jenny jess
jesse jessie jo joan joanna joanne jodie joe joel joey john jon jordan joseph josh josie jude judy julia julian
juliana julie juliet june kaden kai kara karen karim karl kate katie kay kaya kayden kayla keira kellie kelly ken
kevin kiera kieran kim kira kirsten kirsty kyle kylie lacey laila lana lara larry laura lauren layla lea leah leanne
lee leila lena leo leon leona leone leonie levi lewis lexi lia liam lila lily lina linda lisa lola lori lottie louie
louis louisa louise luca lucas lucia lucie lucy luis luisa luka lukas luke luna lydia lyla lyra mabel maddie madison
maisie maja malik mara marc marco margaret maria mariam marian marie marina mario marion maris mark marta martha
martin mary maryam mason mateo matilda matt max maya megan mehmet mia michael michaela michel michelle mila miles
millie milly mina mira miriam mohamed mohammad mohammed mollie molly morgan muhammad musa mya myla myles myra nadia
nadine nana nancy nat natalia natalie nathan nathaniel neil nell nellie nia nico nicola nicolas nicole nikita nila
nina noah nora norah norma olga olive oliver olivia omar omer ophelia orla oscar oskar otis otto owen paige pat
patricia patrick paul paula pauline penny pete peter phoebe piers polly poppy rachel rafael ralph raphael rayan rayyan
rebecca reece reggie rex rhea rhys ria rian rita robin robyn roman romeo ronan ronnie rory rosa rosalie rose rosie
ross rowan roxanne ruby rufus ruth ryan saad sadie saira sally sam samir samira samuel sana sandra sara sarah saul
scarlett sean selina sena shane sharon shaun shauna shawn shay sidney sienna simon simone skye sofia sofie sonia sonny
sophia sophie stan stefan stella stephen steven sue summer suzie sydney syed tamara tamsin tania tanya tara tariq
tasha taylor ted teddy teresa tess tessa thea theo theodora theodore theresa thomas tia tiana tiffany tilly tim tina
toby tom tommy toni tony tracey tyler uma una usman valentina valerie vera veronica vicky victor victoria viktor
viktoria vincent viola violet vivian vivien wendy wes will willa willow xander yara yasin yasmin yasmine yousef yusra
yusuf zac zach zachary zack zahra zaid zain zainab zak zane zara zayd zayn zoe zoya
"""

USUAL = frozenset(_USUAL.split())

# A name, and what is short for it.
_SHORT = """
alexander alex xander sandy; alexandra alex sandra lexi; abigail abi abby gail; amelia millie amy; andrew andy drew;
anthony tony ant; antonia toni; arthur art artie; barbara babs; benjamin ben benji; bethany beth; cameron cam;
caroline carrie caz; catherine cathy cath katie kate cat; katherine kathy kath katie kate kat; katarzyna kasia;
charles charlie chas; charlotte charlie lottie; christina tina chrissy; christine chris chrissie; christopher chris
kit; daniel dan danny; danielle dani; david dave davey; deborah debbie deb; dominic dom; dorothy dot dottie; edward ed
eddie ted teddy ned; eleanor ellie nell nellie nora; elizabeth liz lizzie beth betty bess betsy eliza libby lisa
elsie; emily em emmie; evelyn evie; florence flo florrie flossie; frances fran frankie; francesca fran frankie chess;
francis frank frankie; frederick fred freddie freddy; gabriel gabe; gabrielle gabby; george georgie; georgina georgie
gina; gerald gerry; geoffrey geoff; gregory greg; harold harry hal; harriet hattie harri; henry harry hal hank; isabel
izzy bella; isabella izzy bella; isabelle izzy belle; jacob jake; jacqueline jackie; james jim jimmy jamie; jennifer
jenny jen; jessica jess jessie; joanna jo joey; john jack johnny; jonathan jon jonny; joseph joe joey; josephine jo
josie; joshua josh; judith judy; kenneth ken kenny; kimberley kim; lawrence larry laurie; leonard len lenny; lillian
lily lil; louis lou louie; louisa lou; louise lou; lucinda lucy cindy; lucille lucy; madeleine maddie; maddison
maddie; madison maddie; margaret maggie meg peggy greta daisy marge; martha marty; mary molly polly may; matilda tilly
mattie; matthew matt; maximilian max; megan meg; melanie mel; melissa mel lissa; michael mike mick mikey; mohammed mo;
muhammad mo; mohamed mo; natalie nat; natasha tasha; nathan nat nate; nathaniel nat nate; nicholas nick nicky; nicola
nicky; oliver ollie; olivia liv livvy; pamela pam; patricia pat patsy tricia; patrick pat paddy; penelope penny; peter
pete; philip phil pip; philippa pippa pip; rachel rach; raymond ray; rebecca becky becca; richard rick dick ricky
richie; robert rob bob bobby robbie bert; roberta bobbie; ronald ron ronnie; rosemary rosie; rose rosie; samantha sam;
samuel sam sammy; sarah sally sadie; sebastian seb; simon si; sophia sophie; stanley stan; stephanie steph; stephen
steve; steven steve; susan sue susie; suzanne sue suzie; theodore ted teddy theo; theresa tess terry; teresa tess
terry; thomas tom tommy; timothy tim; tobias toby; valerie val; veronica vicky ronnie; victor vic; victoria vicky
tori; vincent vince; violet vi; vivian viv; walter walt wally; wilhelmina mina minnie; william will bill billy willie
liam; winifred winnie; yusuf joe; zachary zac zak zach
"""


def _short_for() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in _SHORT.split(";"):
        name, *shorter = line.split()
        for each in shorter:
            found.setdefault(each, []).append(name)
    return found


SHORT_FOR = _short_for()
"""A short forename and the ones it may be short for."""
