"""Word lists that titles, companies and places are composed from. Written for this project."""

ADJECTIVES = """
amber ancient bitter blind blue borrowed bright broken burning careful cold common crooked crimson
curious daring dark deep distant double drifting dusty eastern electric empty endless faded faint
fallen false fearless final floating forgotten foreign fragile frozen gentle giant gilded glass golden
grateful gray great green guilty hidden hollow holy honest humble hungry idle impossible invisible
iron ivory last late lazy little lonely long lost loud lucky mighty missing modern narrow nameless
northern noble ordinary pale paper patient perfect plain polite purple quiet radical rapid reckless
restless royal rusty sacred salty savage scarlet second secret shallow sharp silent silver simple
sleeping slender slow small southern stolen strange stubborn sudden sunken tender thirsty tiny
twisted unlikely velvet violet vivid wandering warm western whispering wicked wild winter wooden
wrong yellow young
""".split()

NOUNS = """
acrobat admiral alibi alley anchor angel answer apartment apple archer ark arrow atlas aunt autumn
baker ballad bandit barber bargain battle bay beacon bear bell bishop blacksmith blade blanket boat
bottle boulevard bride bridge brother butcher butterfly cabin candle canyon captain caravan cartographer
castle cathedral chapel chemist child circle circus city clock cloud coast colonel compass cottage
courier cousin cradle crane creek crown dancer daughter dawn desert detective diary diplomat doctor
dolphin door dragon dream drummer eagle echo elephant embassy emperor engine envelope equation
evening exile factory falcon farewell farmer ferry festival fiddler field fire fisherman flag flower
forest fortune fountain fox frontier funeral galaxy gallery gambler garden gardener gate general
ghost giant glacier glass gospel governor grandmother guitar hammer harbor harvest heart hedgehog
heir helmet hermit highway horizon hospital hotel hour hunter hurricane inspector island jester
journey judge jungle kettle keyhole king kingdom kite labyrinth ladder lady lagoon lake lamp lantern
lawyer legend letter librarian library lighthouse lilac lion locket lover machine magician mansion
maple marriage mask meadow melody memory merchant mermaid midnight mill minister miracle mirror mistress
monk monster moon morning moth mother mountain museum musician mystery nephew night nightingale novel
nurse oak ocean october officer opera orchard orchestra orphan owl painter palace panther parade
parrot passenger pasture peacock piano pilgrim pilot pirate planet poet portrait potter president
prince princess prisoner professor prophet puzzle queen question rabbit radio railway rain raven rebel
recipe refuge regiment republic reunion river road robin rocket rose ruby sailor salesman sculptor
sea season senator sergeant servant shadow shepherd sheriff ship shore sister sky smuggler snow
soldier sonata song sorrow sparrow spider spring spy stable star station storm stranger street
summer surgeon swallow swan sword symphony tailor teacher temple theater thief thunder tide tiger tower
town traitor train traveler treasure tunnel twin umbrella uncle universe valley veteran village
violin visitor volcano voyage waiter wall waltz warden watchmaker water weather wedding widow willow
wind window winter witness wolf woman writer zebra
""".split()

VERBS = """
abandon adore answer avoid believe betray borrow bury chase chasing climb count crossing dance deny
discover dream drive escape fear find finding follow forget forgive guard haunt hide hunt hunting
imagine keeping kill kiss leaving lose losing marry meet miss missing mourn open outrun painting
praise question raise raising remember rescue saving seek sell serving steal stealing teach trace
trust understand visiting waiting wake waking watch watching win
""".split()

PLACES = """
Aberdeen Alaska Albany Algiers Amsterdam Anchorage Antwerp Arizona Athens Atlanta Baltimore Bangkok
Barcelona Beirut Belfast Berlin Bombay Boston Brazil Brooklyn Brussels Budapest Cairo Calais Calcutta
Cambridge Canada Casablanca Chicago Colorado Copenhagen Cuba Dakota Denver Detroit Dublin Edinburgh
Egypt Finland Florence Florida Galway Geneva Georgia Glasgow Hamburg Havana Helsinki Honolulu Iceland
Idaho Istanbul Jamaica Kansas Kentucky Kyoto Lagos Lisbon Liverpool London Louisiana Madrid Manila
Marseille Melbourne Memphis Mexico Miami Milan Minnesota Montana Montreal Morocco Moscow Nairobi Naples
Nebraska Nepal Nevada Norway Ohio Omaha Oslo Oxford Panama Paris Peru Philadelphia Portugal Prague
Quebec Rio Rome Rotterdam Salzburg Santiago Savannah Seattle Seoul Shanghai Siberia Sicily Singapore
Stockholm Sydney Tangier Texas Tokyo Toronto Trieste Tunisia Turin Utah Venice Vermont Vienna Vietnam
Virginia Warsaw Wyoming Yorkshire Zanzibar Zurich
""".split()

FIRST_NAMES = """
Abigail Adele Agatha Albert Alfie Alice Amos Annabel Arthur Barnaby Beatrice Bella Benny Betsy Bruno
Caleb Casper Cecily Charlie Clara Clement Cora Daisy Delia Dexter Dora Edgar Edith Eli Eloise Esther
Felix Fiona Florence Frankie Gideon Gloria Greta Gus Harriet Hattie Hazel Hector Hugo Ida Imogen Ivan
Jasper Jemima Jonah Josie Julius Kitty Leonard Lola Lottie Lucy Mabel Maggie Marcel Marlowe Martha
Matthias Maxine Millie Milo Minnie Mona Nadia Nellie Norman Odette Olive Oscar Otto Pearl Percy Phoebe
Pip Polly Quentin Ralph Ramona Rosie Rufus Sadie Salome Selma Silas Stella Sybil Tabitha Theo Tilly
Tobias Ursula Vera Victor Viola Wanda Wilbur Winnie Zelda
""".split()

COMPANY_HEADS = """
Acuity Aldergate Altona Amberline Apex Arbor Ardent Arcadia Aurelius Axiom Beaconfield Bellwether
Blackthorn Bluestem Bravura Brightwater Caldera Cantilever Cardinal Catalina Cedarbrook Celadon Cirrus
Clearpath Cobalt Confluence Copperfield Corvus Crestline Cypress Datavine Deltamere Dunmore Eastgate
Elmhurst Emberly Equinox Everfield Fairmont Fenwick Finisterre Fulcrum Gallant Genwell Glenrock Granite
Greyhawk Halcyon Harborstone Hawthorne Helix Heliotrope Hexagon Highmark Hollis Idyllwild Inverness
Ironbridge Juniper Kestrel Keystone Kinetica Lakeshore Lanternworks Larkspur Lodestar Lumenara Magnolia
Marlin Medivance Meridian Mistral Monarch Nexacore Nimbus Northwind Novalis Oakmont Obsidian Octavian
Omnibus Orchard Orion Osprey Palisade Parallax Pembroke Peregrine Pinnacle Polaris Primrose Quantiva
Quarry Quillon Radiant Redwood Ridgeline Riverbend Sagebrush Sequoia Silverlake Solstice Sterling
Stonegate Summit Synthera Tamarack Telluride Terravita Thornbury Tidewater Trellis Trident Umbra
Unison Valence Vantage Verdant Vertexia Vesper Wexford Whitestone Wildflower Windmere Xylo Yardley
Zenith Zephyr
""".split()

COMPANY_TAILS = """
Airlines|Analytics|Bancorp|Bank|Biosciences|Brands|Capital|Capital Partners|Chemicals|Communications|
Consulting|Energy|Engineering|Entertainment|Financial|Financial Group|Foods|Gold|Group|Health|Healthcare|
Holdings|Home Furnishings|Hospitality|Industries|Insurance|International|Labs|Logistics|Manufacturing|
Materials|Media|Mining|Motors|Networks|Oil and Gas|Paper|Pharmaceuticals|Pharma|Power|Properties|
Railways|Realty Trust|Resorts|Resources|Restaurants|Retail|Robotics|Semiconductor|Shipping|Software|
Solar|Solutions|Steel|Systems|Technologies|Telecom|Therapeutics|Timber|Trust|Utilities|Ventures|Water
""".replace("\n", "").split("|")

SHOP_KINDS = """
Auto Repair|Bakery|Bar and Grill|Barber Shop|Bicycles|Bistro|Bookshop|Brewery|Cafe|Chiropractic|Cleaners|
Coffee|Dental|Diner|Donuts|Dry Cleaning|Eye Care|Fish Market|Fitness|Florist|Furniture|Garden Center|
Gas Station|Golf Club|Hair Salon|Hardware|Hotel|Ice Cream|Inn|Jewelers|Kitchen|Laundry|Liquor|Lounge|
Market|Motel|Music|Nails|Noodle House|Optical|Pet Clinic|Pharmacy|Pizza|Plumbing|Public Library|Pub|
Ramen|Records|Salon|Sandwich Shop|School|Seafood|Shoes|Spa|Steakhouse|Stationery|Storage|Sushi|
Taqueria|Tattoo|Tavern|Tea House|Tire and Brake|Toys|Travel|Trattoria|Wine Bar|Yoga
""".replace("\n", "").split("|")

STREETS = """
Acacia Adams Alder Ash Aspen Bayview Beech Birch Bridge Broadway Bryant Canal Castle Cedar Center Cherry
Chestnut Church College Commerce Dogwood Douglas Elm Ferry Fillmore Franklin Front Fulton Garfield Grand
Grove Hamilton Harrison Hickory High Highland Hillcrest Jackson Jefferson King Lafayette Lake Laurel
Lincoln Linden Locust Madison Magnolia Main Maple Market Mill Monroe Mulberry Oak Orchard Park Pearl
Pine Pleasant Poplar Prospect Railroad River Roosevelt School Spring Spruce State Sunset Sycamore
Union Valley Vine Walnut Washington Water Willow Wilson
""".split()

STREET_KINDS = "Street|Street|Street|Avenue|Avenue|Road|Drive|Lane|Boulevard|Court|Place|Way".split(
    "|"
)

INITIALISM_TAILS = """
Awards|News|Championship|Sports|Radio|Bank|Motors|Media Group|Foundation|Live|Classics|Television|
Investments|Health|Systems|Tonight
""".replace("\n", "").split("|")
