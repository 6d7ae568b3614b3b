"""Names to draw from, by the language that is spoken at home.

Forenames for girls and boys, and surnames; hyphens, apostrophes, accents and spaces on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Background:
    """Names, first languages (by weight) and ethnic groups (by weight) that go together."""

    share: float
    languages: dict[str, float]
    ethnicities: dict[str, float]
    girls: tuple[str, ...]
    boys: tuple[str, ...]
    surnames: tuple[str, ...]


def listed(text: str) -> tuple[str, ...]:
    """Names that are separated by commas."""
    return tuple(each.strip() for each in text.split(","))


ENGLISH = Background(
    share=84,
    languages={"ENG": 98.2, "ENB": 1.2, "CYM": 0.1, "BSL": 0.1},
    ethnicities={
        "WBRI": 80,
        "WIRI": 1,
        "WIRT": 0.4,
        "WOTH": 3,
        "MWBC": 4,
        "MWBA": 2,
        "MWAS": 2,
        "MOTH": 2,
        "BCRB": 2.5,
        "BAFR": 1,
        "AIND": 1.5,
        "NOBT": 0.5,
        "REFU": 0.8,
    },
    girls=listed(
        "Olivia, Amelia, Isla, Ava, Ivy, Freya, Lily, Florence, Mia, Willow, Rosie, Sophia, Isabella, Grace, Daisy, "
        "Sienna, Poppy, Elsie, Emily, Ella, Evelyn, Phoebe, Evie, Charlotte, Matilda, Millie, Sofia, Emilia, Harper, "
        "Ruby, Ada, Alice, Maisie, Erin, Jessica, Chloe, Chloë, Zoë, Zoe, Renée, Esmé, Anaïs, Siân, Niamh, Aoife, "
        "Caitlín, Imogen, Georgia, Hannah, Lucy, Molly, Abigail, Amber, Bethany, Caitlin, Eleanor, Elizabeth, "
        "Ellie-Mae, Lily-Rose, Amelia-Grace, Lacey-Jo, Ella-Louise, Gracie-Mae, Anna-Maria, Faith, Hollie, Jasmine, "
        "Kayleigh, Keira, Lauren, Leah, Libby, Lola, Madison, Martha, Megan, Naomi, Natasha, Nicole, Paige, Rebecca, "
        "Robyn, Sarah, Scarlett, Skye, Summer, Tia, Tilly, Victoria, Violet, Zara, Penelope, Thea, Heidi, Eliza, "
        "Francesca, Darcey, Orla, Maeve, D'Arcy, Mary Ann, Beatrice, Josephine, Harriet, Clara, Edith, Nell"
    ),
    boys=listed(
        "Oliver, George, Arthur, Noah, Leo, Oscar, Harry, Archie, Jack, Henry, Charlie, Freddie, Theodore, Thomas, "
        "Finley, Theo, Alfie, Jacob, William, Isaac, Tommy, Joshua, James, Lucas, Alexander, Arlo, Roman, Edward, "
        "Teddy, Max, Louie, Mason, Reuben, Logan, Ethan, Benjamin, Joseph, Samuel, Sebastian, Elijah, Rory, Hugo, "
        "Luca, Jude, Ronnie, Albie, Harrison, Daniel, Riley, Jaxon, Frankie, Toby, Zachary, Dylan, Caleb, Jenson, "
        "Seán, Séamus, Eoin, Padraig, Iain, Callum, Cameron, Connor, Declan, Ewan, Gethin, Rhys, Owain, Llewellyn, "
        "Tyler-James, Alfie-Jay, John-Paul, Kai, Kian, Kieran, Kyle, Lewis, Liam, Luke, Matthew, Michael, Nathan, "
        "Nicholas, Patrick, Peter, Robert, Ryan, Scott, Stanley, Stephen, Tyler, Vincent, Zak, Jean-Luc, André, "
        "Zachariah, Gabriel, Dominic, Bobby, Billy, Dexter, Felix, Rupert, Barnaby, Wilfred, Albert, Ralph, Hector"
    ),
    surnames=listed(
        "Smith, Jones, Taylor, Brown, Williams, Wilson, Johnson, Davies, Robinson, Wright, Thompson, Evans, Walker, "
        "White, Roberts, Green, Hall, Wood, Jackson, Clarke, Clark, Harris, Lewis, Turner, Hill, Cooper, Ward, Moore, "
        "Morris, Watson, Harrison, Baker, Morgan, Young, King, Allen, Edwards, Scott, Phillips, Parker, James, "
        "Bennett, Cook, Shaw, Richardson, Carter, Collins, Bailey, Mitchell, Marshall, Cox, Adams, Simpson, Miller, "
        "Gray, Webb, Rogers, Foster, Mills, Hunt, Palmer, Chapman, Barnes, Powell, Holmes, Stevens, Fisher, Russell, "
        "Knight, Mason, Dixon, Butler, Harvey, Pearson, Graham, Fletcher, Gibson, Howard, Andrews, Reynolds, Elliott, "
        "Ford, Fox, Payne, Hopkins, Wells, Hart, Bradley, Spencer, Burton, Perry, Lawson, Bishop, Burrows, Freestone, "
        "Toone, Measures, Kirby, Underwood, Orton, Hubbard, Lovett, Pegg, Freer, Wormleighton, Tebbutt, Gamble, "
        "Kirk, Pollard, Bramley, Wardle, Neal, Goddard, Chester, Bott, Dakin, Squires, Statham, Coltman, Exton, "
        "Tomlin, Beeby, Loseby, Gilliver, Jarrom, Heggs, Sharpe, Boulter, Hickling, Bircher, Smalley, Looms, "
        "O'Brien, O'Connor, O'Neill, O'Sullivan, O'Dowd, D'Arcy, D'Silva, De'Ath, MacDonald, McCarthy, McDonald, "
        "McKenzie, McGrath, McLaughlin, FitzGerald, St John, St. Clair, de la Mare, Le Roux, van Dijk, von Berg, "
        "Brontë, Zoutendijk, Kelly, Murphy, Walsh, Ryan, Byrne, Doyle, Gallagher, Quinn, Brennan, Nolan, Campbell, "
        "Stewart, Robertson, Murray, Reid, Ross, Henderson, Kerr, Price, Hughes, Griffiths, Rees, Llewellyn, Pritchard"
    ),
)

POLISH = Background(
    2.6, {"POL": 1}, {"WOTH": 9, "WEEU": 1},
    listed("Zuzanna, Julia, Maja, Zofia, Hanna, Lena, Alicja, Oliwia, Wiktoria, Natalia, Nikola, Małgorzata, Łucja"),
    listed("Jakub, Kacper, Szymon, Filip, Antoni, Mikołaj, Wojciech, Łukasz, Oskar, Bartosz, Michał, Paweł, Adrian"),
    listed("Nowak, Wójcik, Mazur, Krawczyk, Woźniak, Zając, Król, Wróbel, Dudek, Pawlak, Sikora, Bąk, Stępień, "
           "Kubiak, Kaczmarek, Szczęsny, Gołąb, Błaszczyk, Łukasik, Kołodziej"),
)  # fmt: skip
GUJARATI = Background(
    2.8, {"GUJ": 9, "HIN": 1}, {"AIND": 9, "AAFR": 1},
    listed("Aaradhya, Diya, Riya, Khushi, Mira, Nisha, Priya, Hetal, Krupa, Jiya, Isha, Anaya, Tanvi, Roshni"),
    listed("Aarav, Dhruv, Krish, Jay, Rohan, Yash, Dev, Hari, Nikhil, Vivaan, Kunal, Parth, Jignesh, Om"),
    listed("Patel, Shah, Mistry, Desai, Parmar, Chauhan, Solanki, Mehta, Joshi, Trivedi, Amin, Modi, Vaghela, "
           "Lad, Gohil, Thakkar, Pandya, Bhatt, Rathod, Makwana"),
)  # fmt: skip
PANJABI = Background(
    1.8, {"PNJ": 6, "PNJG": 2, "PNJM": 1}, {"AIND": 6, "APKN": 4},
    listed("Simran, Harpreet, Jasleen, Kiran, Gurpreet, Manpreet, Amrit, Navneet, Jaspreet, Sukhi, Rajvir, Ekam"),
    listed("Arjan, Gurdeep, Harjit, Jaspal, Manveer, Ranveer, Sukhdeep, Karam, Amar, Tejinder, Balraj, Jovan"),
    listed("Singh, Kaur Gill, Sandhu, Dhillon, Sidhu, Grewal, Bains, Johal, Sahota, Uppal, Atwal, Purewal, Hayer"),
)  # fmt: skip
URDU = Background(
    1.6, {"URD": 7, "KAS": 0.6, "PHR": 1}, {"APKN": 8, "AOTH": 1, "AMPK": 1},
    listed("Aisha, Fatima, Maryam, Zainab, Hafsa, Khadija, Amina, Sana, Iqra, Noor, Safiya, Zara, Mahnoor"),
    listed("Muhammad, Mohammed, Ali, Hamza, Ibrahim, Yusuf, Bilal, Omar, Zayn, Haris, Ismail, Daniyal, Abdul-Haq"),
    listed("Khan, Hussain, Ahmed, Malik, Iqbal, Mahmood, Akhtar, Shah, Mirza, Butt, Chaudhry, Siddiqui, Ul-Haq"),
)  # fmt: skip
BENGALI = Background(
    0.8, {"BNG": 3, "BNGS": 3}, {"ABAN": 1},
    listed("Tahmina, Nusrat, Sumaiya, Jannat, Fahmida, Tasnim, Rukhsana, Lamia, Samira, Anika"),
    listed("Tanvir, Rakib, Fahim, Shafiq, Imran, Nayeem, Sohail, Arif, Rahat, Mahfuz"),
    listed("Begum, Miah, Uddin, Rahman, Islam, Hoque, Choudhury, Chowdhury, Alam, Sarkar, Karim, Ullah"),
)  # fmt: skip
ROMANIAN = Background(
    1.4, {"RMN": 6, "RMNR": 3, "RMNM": 0.5, "RMI": 0.5}, {"WOTH": 9, "WROM": 1},
    listed("Maria, Ioana, Andreea, Elena, Alexandra, Ștefania, Ana-Maria, Bianca, Denisa, Daria, Larisa, Sânziana"),
    listed("Andrei, Alexandru, Ștefan, Mihai, Matei, David, Luca, Ionuț, Răzvan, Cristian, Darius, Vlăduț"),
    listed("Popescu, Ionescu, Popa, Dumitru, Stan, Stoica, Gheorghe, Rusu, Munteanu, Ciobanu, Șerban, Țurcanu"),
)  # fmt: skip
PORTUGUESE = Background(
    1.0, {"POR": 5, "PORA": 2, "PORB": 1}, {"WOTH": 7, "MOTH": 2, "BAFR": 1},
    listed("Beatriz, Inês, Leonor, Carolina, Mariana, Conceição, Letícia, Lara, Matilde, Débora"),
    listed("João, Tomás, Diogo, Rodrigo, Gonçalo, Duarte, Simão, Tiago, António, Martim"),
    listed("da Silva, dos Santos, Ferreira, Pereira, Conceição, Gonçalves, Araújo, Magalhães, de Sousa, Carvalho"),
)  # fmt: skip
SOMALI = Background(
    0.8, {"SOM": 8, "ARA": 2}, {"BAFR": 6, "BSOM": 4},
    listed("Hodan, Ayaan, Ifrah, Sahra, Hibo, Nasra, Fowsia, Sagal, Deeqa, Ubah"),
    listed("Abdi, Abdirahman, Mahad, Liban, Guled, Bashir, Mustafe, Sharmarke, Khalid, Yasin"),
    listed("Abdullahi, Hassan, Warsame, Jama, Farah, Osman, Ali, Mohamud, Nur, Aden, Isse, Hersi"),
)  # fmt: skip
WEST_AFRICAN = Background(
    0.9, {"YOR": 3, "IGB": 2, "AKA": 2, "SHO": 2, "FRN": 1, "SWA": 1}, {"BAFR": 7, "BNGN": 2, "BGHA": 1},
    listed("Adaeze, Temitope, Ayomide, Chiamaka, Ngozi, Abena, Efua, Tadiwa, Oluwaseun, Blessing, Tolúlọpẹ́"),
    listed("Chidi, Emeka, Tobi, Kwame, Kofi, Oluwadamilola, Ayodele, Tinashe, Ikenna, Emmanuel, Nana-Yaw"),
    listed("Okafor, Adeyemi, Okonkwo, Mensah, Boateng, Balogun, Moyo, Nwosu, Osei, Asante, Eze, Adebayo-Ogunleye"),
)  # fmt: skip
EASTERN = Background(
    1.0, {"CHI": 2, "CHIC": 2, "CHIM": 1, "VIE": 1, "TGLF": 2, "THA": 0.5, "KOR": 0.3, "JPN": 0.2},
    {"CHNE": 5, "AOTH": 3, "OOTH": 2},
    listed("Mei, Xin Yi, Hui-Ling, Ka Yan, Linh, Thảo, Angelica, Princess, Ji-woo, Sakura"),
    listed("Wei, Jun, Ka Ho, Zi Hao, Minh, Đức, Jericho, Angelo, Min-jun, Haruto"),
    listed("Chan, Wong, Cheung, Li, Zhang, Ng, Nguyễn, Trần, dela Cruz, Reyes, Santos, Kim, Tanaka"),
)  # fmt: skip
EUROPEAN = Background(
    1.3,
    {"LIT": 2, "LTV": 1, "SLO": 1, "BUL": 2, "HGR": 1, "RUS": 1, "UKR": 1, "ITA": 1, "SPA": 1, "FRN": 1, "GER": 1,
     "ALB": 1, "TUR": 1, "KUR": 1, "ARA": 2, "PRS": 1, "PAT": 1, "TAM": 1, "MLM": 1, "NEP": 0.5, "OTH": 0.3},
    {"WOTH": 7, "OOTH": 2, "OARA": 1},
    listed("Gabija, Emīlija, Zuzana, Viktória, Mila, Anastasiya, Giulia, Lucía, Inès, Zoé, Elif, Elira, Leyla, Nour"),
    listed("Lukas, Kristaps, Tomáš, Bence, Dimitar, Oleksandr, Matteo, Álvaro, Noé, Jürgen, Emir, Besnik, Karim"),
    listed("Kazlauskas, Bērziņš, Horváth, Nagy, Dimitrov, Shevchenko, Rossi, García Núñez, Lefèvre, Müller, Yılmaz, "
           "Hoxha, Rahimi, Al-Hashimi, el-Sayed, Thapa, Nair, Selvarajah"),
)  # fmt: skip

BACKGROUNDS = (
    ENGLISH, POLISH, GUJARATI, PANJABI, URDU, BENGALI, ROMANIAN, PORTUGUESE, SOMALI, WEST_AFRICAN, EASTERN, EUROPEAN,
)  # fmt: skip
