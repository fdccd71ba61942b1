# Textes du catalogue d'erreurs en français. Un message par refus ; les variables sont les champs de sa variante.

or = ou

## Codes

code-1 = Le serveur a rencontré une situation imprévue. Citez X-OAPI-Request-Id en la signalant.
code-5 = Réessayez après le délai indiqué par Retry-After.
code-6 = Trop de requêtes sont en cours de traitement. Réessayez après le délai indiqué par Retry-After.
code-20 = Une partie du chemin n'est pas valide.
code-21 = La requête doit avoir un corps.
code-22 = Le corps n'est pas un JSON valide.
code-23 = Un champ obligatoire du corps est absent.
code-24 = Un champ du corps a une valeur non valide.
code-25 = Un en-tête obligatoire est absent.
code-26 = Un en-tête a une valeur non valide.
code-27 = Un ou plusieurs paramètres de la requête sont absents.
code-28 = Un ou plusieurs paramètres de la requête ont une valeur non valide.
code-40 = Le service demandé exige une authentification, et aucune n'a été fournie.
code-41 = Le service demandé exige une authentification, et celle fournie n'est pas valide.
code-42 = Le service demandé exige une authentification, et celle fournie a expiré.
code-50 = L'application qui fait la requête n'y est pas autorisée.
code-53 = L'application a fait trop d'appels. Réessayez après le délai indiqué par Retry-After.
code-60 = L'URI ou la ressource demandée n'existe pas.
code-61 = Le chemin existe, mais pas avec cette méthode ; l'en-tête Allow indique celles qu'il accepte.
code-62 = La réponse est en application/json ; l'en-tête Accept l'exclut.
code-63 = La requête n'est pas arrivée, ou n'a pas pu être traitée, à temps.
code-65 = La ressource a changé depuis sa dernière lecture.
code-66 = Le corps est plus grand que ce que le serveur accepte.
code-67 = L'URI de la requête est plus longue que ce que le serveur accepte.
code-68 = Le corps est d'un type que cette opération ne lit pas.
code-100 = La requête lirait trop de tickets.
code-101 = La requête en contredit une précédente.
code-102 = Le contenu n'a aucun octet dans l'intervalle demandé ; Content-Range indique sa taille.
code-103 = La requête utilise une partie de HTTP que le serveur ne met pas en œuvre.

## Changements de statut

move-final = Le ticket est { $status } : ce statut est final et plus rien ne peut y changer.
move-not-open = L'acteur { $actor } ne peut pas faire passer un ticket de { $from } à { $to }. De { $from }, il peut le faire passer à : { $open }.
move-none-open = L'acteur { $actor } ne peut pas faire passer un ticket de { $from } à { $to }. De { $from }, il ne peut le faire passer à aucun autre statut.
move-reason-not-taken = L'acteur { $actor } ne peut pas faire passer un ticket de { $from } à { $to } avec le motif { $reason } ; cette transition n'a pas de motif.
move-reason-not-open = L'acteur { $actor } ne peut pas faire passer un ticket de { $from } à { $to } avec le motif { $reason } ; motifs de cette transition : { $reasons }.
move-qualified = Le ticket a déjà été qualifié (IN_PROGRESS) : il ne peut plus être rejeté (REJECTED). Résolvez-le, au besoin avec le motif UNRESOLVABLE.
move-complexity = La complexité ne peut pas passer de { $present } à { $wanted } : une fois le ticket qualifié, elle ne change qu'une fois, de SIMPLE à COMPLEX.
move-silent-qualification = complexity, zone et expectedResolutionDate ne changent que par une transition : envoyez le statut IN_PROGRESS, avec statusChangeReason REQUALIFIED et statusChangeDetails si le ticket est déjà IN_PROGRESS.
move-content-frozen = issues et building peuvent changer tant que le ticket est ACKNOWLEDGED ; il est { $status }. Ajoutez plutôt une note.
move-reason-missing = Le champ statusChangeReason est obligatoire pour ce changement de statut : { $reasons }
move-member-missing = Le champ { $member } est obligatoire pour ce changement de statut

## Champs d'un corps

body-missing = Le champ { $member } est obligatoire
body-missing-one-of = Le champ { $member } doit avoir l'un des champs { $members }
body-no-name = Le champ name est obligatoire, ou tradingName
body-missing-part = La partie { $part } est obligatoire
body-invalid = Le champ { $member } { $expected }
body-unknown-of-ticket = Le champ { $member } ne fait pas partie du contrat, et Prefer: handling=strict a été demandé
body-unknown-of-note = Le champ { $member } ne fait pas partie d'une note, et Prefer: handling=strict a été demandé
body-unknown-of-attachment = Le champ { $member } ne fait pas partie d'une pièce jointe, et Prefer: handling=strict a été demandé
body-extensions-too-heavy = Les champs que le contrat ne nomme pas pèsent ensemble { $bytes } octets ; au plus { $limit } sont acceptés. Retirez-en, ou envoyez leur contenu en pièce jointe
body-individual-too-large = La personne aurait plus de { $values } valeurs, ou plus de { $levels } niveaux
body-medium-twice = Le champ contactMedium ne doit pas contenir deux moyens de mediumType { $medium } et de contactType { $contact }
body-oi-not-served = Le champ code_oi doit être un OI servi ici ; { $named } ne l'est pas
body-oc-not-yours = Le champ code_oc doit être votre propre code, { $own } ; c'est { $named }

## Prédicats : chacun suit le nom d'un champ

expected-text = doit être une chaîne de caractères
expected-at-most = doit avoir au plus { $max } caractères
expected-exactly = doit avoir exactement { $length } caractères
expected-between = doit avoir de { $min } à { $max } caractères
expected-bytes = doit être un texte de 1 à { $max } octets
expected-not-empty = doit avoir au moins un caractère
expected-not-blank = doit être un texte non vide
expected-one-of = doit être l'une de ces valeurs : { $values }
expected-operator-code = doit être un code opérateur : quatre lettres majuscules ou chiffres, comme FTEL
expected-instant = doit être une date et heure RFC 3339, comme 2025-01-14T13:17:58.078+00:00
expected-date-time = doit être une date et heure RFC 3339
expected-event-instant = doit être un instant, comme 2025-01-14T13:17:58.078Z
expected-uuid = doit être un UUID, comme 22e61758-924d-4ad7-b259-e4fcb1ea8808
expected-ticket-id = doit être l'identifiant d'un ticket, un UUID
expected-object = doit être un objet
expected-event-data = doit être un objet : la ressource que l'événement concerne
expected-subject-id = doit être celui de subject : une mise à jour concerne son ticket
expected-array = doit être un tableau
expected-boolean = doit être true ou false
expected-count = doit être un nombre entier, 0 ou plus
expected-integer = doit être un nombre entier
expected-number = doit être un nombre
expected-chunk-index = doit être inférieur à { $limit } : envoyez des morceaux plus grands
expected-spec-version = doit être 1.0 : aucune autre version de CloudEvents n'est connue ici
expected-points = doit contenir au moins un point

## Contenu d'un ticket

content-address-unidentified = L'adresse ne peut pas être identifiée : donnez code_rivoli + code_insee + streetNr, ou code_hexacle, ou code_ban, ou postcode + city + streetName
content-building-not-used = Le champ building n'est pas utilisé par { $kind } ; indiquez ce qui est à corriger dans `issues`
content-not-a-building = { $at } doit être un objet avec l'identifiant (id) d'un immeuble
content-not-a-party = { $at } doit être un objet avec l'identifiant (id) d'un tiers
content-not-one-building = Le champ relatedEntity de { $kind } doit nommer exactement un immeuble ; il en nomme { $count }
content-no-building = Le champ relatedEntity doit nommer au moins un immeuble
content-too-many-buildings = Le champ relatedEntity nomme { $count } immeubles ; le contrat avec cet opérateur d'immeuble en autorise { $limit }
content-issues-not-used = Le champ issues n'est pas utilisé par { $kind } ; décrivez l'immeuble dans `building`
content-unknown-correction = { $key } n'est pas une correction que { $kind } peut demander ; celles-ci le sont : { $known }
content-no-correction = Le champ issues doit demander au moins une correction
content-correction-not-an-object = { $key } doit être un objet avec value, toBlank ou description
content-correction-invalid = { $key } { $expected }
content-blank-with-value = { $key } : toBlank demande un champ vide et value donne une valeur ; ne gardez que l'un des deux
content-not-blankable = { $key } ne peut pas être vide dans l'IPE : donnez sa valeur, ou omettez value si elle est inconnue
content-correction-not-an-array = { $key } doit être un tableau de { $buildings } valeurs, une par immeuble de relatedEntity
content-correction-count = { $key } a { $values } valeurs pour { $buildings } immeubles ; donnez-en une par immeuble, dans l'ordre de relatedEntity

## Identifiants

identifier-address-member = Le champ { $member } d'une adresse est une chaîne de caractères.
identifier-building-id = L'identifiant d'immeuble { $value } a { $length } caractères : de 1 à { $max } sont attendus.
identifier-pm-reference = La référence { $value } du point de mutualisation a { $length } caractères : { $max } au plus sont attendus.
identifier-plot = { $value } n'est pas une parcelle : seuls des chiffres et des lettres majuscules sont attendus.
identifier-siren = { $value } n'est pas un SIREN : neuf chiffres sont attendus.
identifier-siret = { $value } n'est pas un SIRET : quatorze chiffres sont attendus.
identifier-hexacle = L'hexaclé { $value } a { $length } caractères : exactement { $expected } sont attendus.
identifier-street-hexacle = L'hexaclé de voie { $value } a { $length } caractères : exactement { $expected } sont attendus.
identifier-point = Un point géographique est un objet avec x, y et type.
identifier-point-height = La coordonnée z est un nombre, quand elle est présente.
identifier-point-coordinate = La coordonnée { $member } est obligatoire et est un nombre.
identifier-point-type = Le type d'un point est obligatoire et est une chaîne de caractères.
identifier-projection = { $value } n'est pas un type de point : l'une de ces valeurs est attendue : { $known }.
identifier-operator-code = { $value } n'est pas un code opérateur : quatre chiffres ou lettres majuscules sont attendus.

## JSON

json-syntax = Le corps n'est pas un JSON valide : il faut { $token } à la ligne { $line }, colonne { $column }.
json-not-utf8 = Le corps n'est pas en UTF-8 : l'octet { $byte } n'appartient à aucun caractère. Envoyez le JSON en UTF-8.
json-too-deep = Le corps a plus de { $levels } niveaux d'imbrication, à { $place }.
json-too-many = Le corps a plus de { $values } valeurs. Envoyez-en moins.
json-nul = Le corps a un caractère NUL, à { $place }. Retirez-le.
json-duplicate = Le corps a deux fois le champ `{ $member }`, à { $place }. Envoyez-le une fois.
json-reserved = Le corps a un champ dont le nom est réservé, `{ $member }`, à { $place }. Renommez-le.
json-top-level = la racine
json-token-end = la fin du texte
json-token-value = une valeur
json-token-comma-or-bracket = une virgule ou ]
json-token-name = le nom d'un champ
json-token-colon = un deux-points
json-token-comma-or-brace = une virgule ou {"}"}
json-token-escape = un échappement au lieu d'un caractère de contrôle
json-token-end-of-string = la fin de la chaîne
json-token-valid-escapes = une chaîne aux échappements valides
json-token-no-leading-zero = un nombre sans zéro initial
json-token-digit = un chiffre

## Paramètres d'une requête

cursor-other-query = `cursor` : ce n'est pas un curseur de cette requête. Suivez telle quelle l'adresse de l'en-tête Link ; seuls `limit` et `fields` peuvent changer. Pour demander autre chose, commencez sans curseur.
cursor-of-notes = `cursor` : les notes d'un ticket sont peu nombreuses, et se paginent par `offset`
cursor-of-attachments = `cursor` : les pièces jointes d'un ticket sont peu nombreuses, et se paginent par `offset`
query-of-parameter = `{ $parameter }` : { $text }
query-suggestion =  ; vouliez-vous dire `{ $name }` ?
query-too-long = la requête dépasse { $limit } octets
query-bad-escape = un `%` n'est pas suivi de deux chiffres hexadécimaux ; un `%` littéral s'écrit `%25`
query-not-utf8 = le texte encodé par `%` n'est pas en UTF-8
query-nul = le caractère NUL n'est pas permis
query-no-equals = `=` et une valeur sont attendus après le nom
query-unclosed-bracket = `]=` est attendu après l'opérateur, comme dans `name[eq]=value`
query-unknown-field = champ inconnu : `{ $written }`
query-unknown-operator = opérateur inconnu : `{ $written }`{ $suggestion } Opérateurs : { $choices }
query-type-without-operator = opérateur inconnu : `{ $written }` ; un type suit un opérateur, comme dans `[eq,{ $written }]`. Opérateurs : { $choices }
query-unknown-type = type inconnu : `{ $written }`{ $suggestion } Types : { $choices }
query-no-type-allowed = l'opérateur `{ $operator }` ne prend pas de type, mais `{ $type }` a été donné
query-type-not-allowed = l'opérateur `{ $operator }` ne prend pas le type `{ $type }`. Types : { $choices }
query-unknown-nature = nature inconnue : `{ $written }`{ $suggestion } Natures : { $choices }
query-not-a-number = un nombre JSON est attendu, comme `18` ou `-1.5`, et non `{ $written }`
query-not-a-bool = `true` ou `false` est attendu, et non `{ $written }`
query-not-an-instant = une date RFC 3339 est attendue, comme `2024-01-31` ou `2024-01-31T08:30:00Z`, et non `{ $written }`
query-empty-list = une liste de valeurs séparées par des virgules est attendue
query-too-many-items = la liste a plus de { $limit } éléments
query-bad-quoted-item = un élément qui commence par `"` doit finir par `"`, avec `\"` et `\\` pour ces caractères à l'intérieur
query-too-many-predicates = plus de { $limit } filtres
query-too-many-patterns = plus de { $limit } expressions régulières
query-too-many-sort-keys = plus de { $limit } clés de tri
query-too-many-fields = plus de { $limit } champs
query-bad-limit = un entier de 0 à { $limit } est attendu
query-not-a-count = un entier, 0 ou plus, est attendu
query-offset-too-large = un décalage supérieur à { $limit } est trop grand ; utilisez le lien `next` de la liste, ou un filtre plus étroit
query-repeated = donné plus d'une fois
query-two-places = `offset` et `cursor` disent tous deux où commence la page ; donnez l'un des deux
query-filter-parameter = ce paramètre n'est pas pris en charge ; filtrez sur les champs, comme dans `status[in]=OPEN,CLOSED`, ou écrivez `filter[eq]=…` pour un champ de ce nom
query-not-listed = ce n'est pas un filtre de cette liste{ $suggestion } Filtres : { $choices }
query-equality-only = ce filtre prend `=`, et non `{ $written }`
query-operator-not-listed = ce filtre prend `=` et, avec { $shapes }, `*=`, et non `{ $written }`
query-not-a-glob = { $shapes } est attendu, et non `{ $written }`
query-glob-not-listed = avec `{ $written }`, ce filtre ne prend que `=`
query-not-one-of = l'une de ces valeurs est attendue : { $choices } ; et non `{ $written }`
query-missing-half = `{ $name }` doit être donné avec lui
query-unsortable = cette liste ne peut pas être triée
query-not-sortable = `{ $written }` n'est pas une clé de tri de cette liste{ $suggestion } Clés de tri : { $choices }
query-path-empty = un chemin est attendu, comme `status` ou `relatedEntity.id`
query-path-empty-segment = le chemin a un segment vide ; un nom est attendu avant et après chaque `.`
query-path-too-many-segments = le chemin a trop de segments
query-path-too-long = le chemin est trop long
query-path-unclosed-quote = le segment entre guillemets n'a pas de `"` final
query-path-after-quote = un `.` ou la fin du chemin est attendu après un `"` final
query-path-unknown-escape = seuls `\"` et `\\` peuvent suivre une barre oblique inverse entre guillemets
query-path-needs-quotes = un nom qui contient `"`, `[` ou `]` doit s'écrire entre guillemets, comme dans `"a[b]".c`
query-path-nul = un chemin ne peut pas contenir de caractère NUL
query-pattern-too-long = l'expression régulière dépasse { $limit } octets
query-pattern-too-big = l'expression régulière est trop complexe : ses répétitions se multiplient
query-pattern-syntax = ce n'est pas une expression régulière de cette API (syntaxe RE2, sans assertion avant ou arrière ni référence arrière) : { $message }
query-json-too-long = l'objet JSON dépasse { $limit } octets
query-json-too-deep = l'objet JSON a plus de { $limit } niveaux d'imbrication
query-json-syntax = JSON non valide : { $message }
query-json-not-an-object = un objet JSON est attendu, comme {"{"}"id":"31546546"{"}"}
query-json-operator-name = le champ `{ $written }` commence par `$`, et les opérateurs ne sont pas permis ici
query-json-path = le champ `{ $written }` n'est pas un chemin : { $text }
query-json-nul = une chaîne ne peut pas contenir de caractère NUL

## Appelants

access-no-credentials = Le service demandé exige une authentification, et aucune n'a été fournie : envoyez Authorization: Bearer {"{"}access_token{"}"}.
access-scope = Cette opération exige un jeton avec le scope { $needed } ; celui présenté a { $held }.
access-opens-as-oi = Seul un opérateur commercial (OC) ouvre des tickets ; ce client agit comme OI.
access-sends-as-oc = Les événements sont envoyés par un opérateur d'immeuble (OI) ; ce client agit comme OC.
access-wrong-secrets = Trop de secrets erronés pour ce client depuis cette adresse.
access-secrets-busy = Trop de secrets sont en cours de vérification. Réessayez après le délai indiqué par Retry-After.
access-token-quota = Ce client a obtenu ses { $quota } jetons de l'heure. Un jeton vit { $lifetime } secondes : gardez-le et utilisez-le jusqu'à ce qu'une requête reçoive 401 avec le code 42.
access-rate = Ce client peut faire { $rate } requêtes par seconde. Attendez le temps indiqué par Retry-After, et faites-en moins à la fois.
access-busy = Trop de requêtes de ce client sont en cours, et aucune ne s'est terminée à temps. Faites-en moins à la fois.
access-client-streams = Ce client suit déjà les événements sur { $limit } connexions : fermez-en une, ou utilisez-la.
access-server-streams = Le serveur a autant de flux d'événements qu'il peut en servir. Lisez plutôt des pages d'événements, ou réessayez après le délai indiqué par Retry-After.
access-memory = Le serveur traite autant de requêtes à la fois que sa mémoire le permet. Réessayez après le délai indiqué par Retry-After.

## Tickets, notes, personnes

resource-ticket-changed = Le ticket a changé depuis la version que nomme If-Match. Relisez-le, voyez ce qui a changé, et envoyez la requête avec son ETag actuel.
resource-individual-changed = La personne a changé depuis la version que nomme If-Match. Relisez-la, voyez ce qui a changé, et envoyez la requête avec son ETag actuel.
resource-content-changed = Le contenu n'est pas celui que demande If-Match ou If-Unmodified-Since.
resource-final-for-notes = Le ticket est dans un statut final : plus rien ne peut y être ajouté, notes comprises.
resource-final-for-attachments = Le ticket est dans un statut final : plus rien ne peut y être ajouté, pièces jointes comprises.
resource-notes-full = Le ticket a { $limit } notes, et ne peut pas en avoir plus.
resource-attachments-full = Le ticket a { $limit } pièces jointes, et ne peut pas en avoir plus.
resource-key-reused = Cette Idempotency-Key a servi dans les 24 heures pour un autre corps. Répétez la même valeur JSON, ou utilisez une autre clé.
resource-tickets-too-expensive = La requête lirait trop de tickets. Ajoutez un filtre sur status, zone, creationDate, resolutionDate ou relatedEntity.id.
resource-directory-too-expensive = La requête lirait une trop grande partie de l'annuaire. Filtrez avec = plutôt qu'avec un motif, ou avec un motif plus long.

## Pièces jointes

attachment-no-content = La pièce jointe n'a pas de contenu à lire : voyez son statut.
attachment-ended-by-another = Seul l'opérateur qui a ouvert une pièce jointe la termine.
attachment-sent-by-another = Seul l'opérateur qui a ouvert une pièce jointe l'envoie.
attachment-too-large = Le fichier dépasse les { $limit } octets acceptés ici.
attachment-not-stored = Ce serveur ne conserve pas de pièces jointes.
attachment-no-room = Le serveur n'a pas de place pour des pièces jointes actuellement. Les tickets et les notes restent acceptés.
attachment-ticket-quota = Le ticket a { $bytes } octets de pièces jointes, et ne peut pas en avoir plus.
attachment-day-quota = { $operator } a envoyé { $bytes } octets de pièces jointes aujourd'hui (UTC), et ne peut pas en envoyer plus avant demain.
attachment-chunk-differs = Le champ { $member } n'est pas celui du morceau reçu ; envoyez-le de nouveau
attachment-not-uploading = La pièce jointe n'accepte pas de morceaux : elle est { $status }.
attachment-chunk-contradicted = Un autre morceau a l'index { $index }. Un morceau peut être envoyé de nouveau, mais pas remplacé.
attachment-chunk-absent = Le morceau d'index { $index } n'est pas arrivé ; envoyez-le, puis finalisez de nouveau.
attachment-no-chunk = Aucun morceau n'est arrivé ; envoyez-en, puis finalisez de nouveau.
attachment-name = Le nom doit avoir de 1 à 150 caractères, sans séparateur de chemin, caractère de contrôle ni caractère invisible.
attachment-extension = Le nom doit finir par .csv, .jpeg, .jpg, .png, .svg, .pdf, .ods, .odt, .xlsx ou .docx.
attachment-program-name = Le nom contient l'extension d'un programme ; renommez le fichier.
attachment-declared-type = Le type de média déclaré n'est pas celui de l'extension du nom.

## Événements

event-unsigned = L'événement est refusé : webhook-id, webhook-timestamp et webhook-signature doivent être envoyés (Standard Webhooks 1.0).
event-stale = L'événement est refusé : webhook-timestamp est à plus de cinq minutes de maintenant ; vérifiez l'horloge de l'émetteur.
event-wrongly-signed = L'événement est refusé : aucune signature de webhook-signature n'est celle attendue ; vérifiez que les deux côtés ont le même secret.
event-last-event-id = Last-Event-ID doit être l'identifiant d'un événement, comme 22e61758-924d-4ad7-b259-e4fcb1ea8808.
event-unknown-last-event = Last-Event-ID ne nomme aucun de vos événements. Suivez-les depuis le début sans lui, ou depuis un instant avec time[gte]=….

## HTTP

http-headers = Les en-têtes sont plus grands ou plus nombreux que ce que le serveur accepte. Envoyez des en-têtes plus courts ou moins nombreux.
http-head = La tête de la requête est mal formée. Vérifiez sa première ligne (méthode, cible, HTTP/1.1) et ses en-têtes (nom: valeur, sans caractère de contrôle).
http-no-path = Il n'y a rien à ce chemin. Vérifiez l'URL de base ; /docs liste ce qui est servi.
http-no-contract = Ce contrat n'existe pas ; ceux-ci sont servis : { $served }.
http-method = { $method } n'est pas servi à ce chemin ; l'en-tête Allow indique les méthodes qui le sont.
http-ticket-id = L'identifiant d'un ticket est un UUID, comme 22e61758-924d-4ad7-b259-e4fcb1ea8808.
http-attachment-id = L'identifiant d'une pièce jointe est un UUID, comme 22e61758-924d-4ad7-b259-e4fcb1ea8808.
http-organization-id = L'identifiant d'une organisation est un UUID, comme 22e61758-924d-4ad7-b259-e4fcb1ea8808.
http-individual-id = L'identifiant d'une personne est un UUID, comme 22e61758-924d-4ad7-b259-e4fcb1ea8808.
http-transfer-coding = Le seul codage de transfert accepté ici est chunked. Envoyez le corps sans autre codage.
http-no-host = L'en-tête Host est obligatoire : nommez le serveur que vous appelez.
http-two-hosts = L'en-tête Host est présent plus d'une fois. Envoyez-le une fois.
http-host = L'en-tête Host doit être un nom et un port, comme oi.example:8080.
http-no-if-match = If-Match est obligatoire : envoyez l'ETag du ticket tel que vous l'avez lu, pour qu'aucun changement ne soit perdu.
http-not-ascii = L'en-tête { $header } doit être composé de caractères ASCII visibles.
http-idempotency-key = Idempotency-Key doit avoir de 1 à { $max } caractères ASCII visibles, comme un UUID.
http-body-too-large = Le corps dépasse les { $limit } octets acceptés ici.
http-part-too-large = La partie { $part } dépasse les { $limit } octets acceptés ici.
http-body-broken = Le corps s'est interrompu avant sa fin.
http-content-encoding = Envoyez le corps sans Content-Encoding.
http-no-content-type = Le Content-Type doit être { $accepted } ; il est absent.
http-content-type = Le Content-Type doit être { $accepted } ; c'est `{ $given }`.
http-no-body = La requête doit avoir un objet JSON pour corps.
http-not-an-object = Le corps doit être un objet JSON.
http-not-a-form = Le Content-Type doit être multipart/form-data, avec les parties { $file } et { $object }.
http-boundary = Le Content-Type d'un formulaire nomme son séparateur (boundary), de 1 à 70 caractères.
http-form = Le corps n'est pas un multipart/form-data bien formé.
http-other-part = Un formulaire a ici deux parties, { $file } et { $object }.
http-part-twice = La partie { $part } est présente deux fois.
http-range = Le contenu a { $size } octets, et aucun dans l'intervalle demandé.
