"""Uses the clients that openapi-python-client generates from the served documents.

SERVER is the base URL, CLIENT and SECRET those of an OC named SFRA whose OI is FTEL. The packages `tickets`, `party` and
`oauth` are in the import path.
"""

import base64
import io
import os
import re
import time
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import oauth
import party
import tickets
from oauth.api.o_auth_2 import obtain_token_v3
from oauth.models.obtain_token_v3_body import ObtainTokenV3Body
from oauth.models.obtain_token_v3_body_grant_type import ObtainTokenV3BodyGrantType
from oauth.models.token import Token
from party.api.individual import (
    create_individual,
    delete_individual,
    get_individual,
    list_individuals,
    patch_individual,
    update_individual,
)
from party.api.organization import list_organizations
from party.models.individual import Individual
from party.models.individual_patch import IndividualPatch
from party.models.new_individual import NewIndividual
from tickets.api.anomalie_adresse import (
    create_anomalie_adresse,
    create_anomalie_adresse_attachment,
    download_anomalie_adresse_attachment,
    get_all_anomalie_adresses,
    get_anomalie_adresse,
    get_anomalie_adresse_attachment,
    partial_update_anomalie_adresse,
    update_anomalie_adresse,
)
from tickets.models.attachment import Attachment
from tickets.models.create_anomalie_adresse_attachment_files_body import (
    CreateAnomalieAdresseAttachmentFilesBody,
)
from tickets.models.error import Error
from tickets.models.issues import Issues
from tickets.models.issues_building_address_street_nr import IssuesBuildingAddressStreetNr
from tickets.models.new_attachment import NewAttachment
from tickets.models.new_ticket import NewTicket
from tickets.models.new_ticket_type import NewTicketType
from tickets.models.partial_attachment import PartialAttachment
from tickets.models.partial_attachment_status import PartialAttachmentStatus
from tickets.models.partial_ticket import PartialTicket
from tickets.models.related_building import RelatedBuilding
from tickets.models.ticket import Ticket
from tickets.models.ticket_change import TicketChange
from tickets.models.ticket_status import TicketStatus
from tickets.types import File

SERVER = os.environ["SERVER"]
SCOPES = (
    "interop:anomalie-adresse:readonly interop:anomalie-adresse:write "
    "owf:united-way:party:v1:readonly owf:united-way:party:v1:write"
)


def ok(answer, kind, status=HTTPStatus.OK):
    """Returns the parsed body of an answer that has this status and kind of body."""
    assert answer.status_code == status, (answer.status_code, answer.content)
    assert isinstance(answer.parsed, kind), answer.parsed
    return answer.parsed


def token():
    """Obtains a token by client credentials."""
    credentials = f"{os.environ['CLIENT']}:{os.environ['SECRET']}".encode()
    basic = {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}
    body = ObtainTokenV3Body(grant_type=ObtainTokenV3BodyGrantType.CLIENT_CREDENTIALS, scope=SCOPES)
    with oauth.Client(base_url=SERVER, headers=basic) as client:
        return ok(obtain_token_v3.sync_detailed(client=client, body=body), Token).access_token


def correction(number):
    """A ticket: the street number of a building is wrong."""
    return NewTicket(
        type_=NewTicketType.ANOMALIEADRESSE_MODIFICATION,
        code_oi="FTEL",
        code_oc="SFRA",
        related_entity=[RelatedBuilding(id="IMB/09001/X/000E")],
        issues=Issues(building_address_street_nr=IssuesBuildingAddressStreetNr(value=[number])),
    )


def open_and_list(client):
    """Opens five tickets and reads them in pages of two, by cursor."""
    opened = []
    for number in range(5):
        answer = create_anomalie_adresse.sync_detailed(client=client, body=correction(str(number)))
        ticket = ok(answer, Ticket, HTTPStatus.CREATED)
        assert ticket.status == TicketStatus.ACKNOWLEDGED, ticket.status
        opened.append(ticket.id)
    listed, more = [], {}
    while True:
        page = get_all_anomalie_adresses.sync_detailed(client=client, limit=2, sort="creationDate", **more)
        listed += [ticket.id for ticket in ok(page, list)]
        following = re.search(r'<([^>]*)>; rel="next"', page.headers.get("Link", ""))
        if not following:
            break
        more = {"cursor": parse_qs(urlsplit(following[1]).query)["cursor"][0]}
    assert [ticket for ticket in listed if ticket in opened] == opened, (opened, listed)
    return opened[0]


def change(client, ticket):
    """Changes a ticket by PATCH and PUT; a version that has passed is refused."""
    read = get_anomalie_adresse.sync_detailed(ticket, client=client)
    ok(read, PartialTicket)
    first = read.headers["ETag"]
    patch = TicketChange(description="The number is on the gate")
    patched = partial_update_anomalie_adresse.sync_detailed(ticket, client=client, body=patch, if_match=first)
    assert ok(patched, Ticket).description == "The number is on the gate"
    whole = TicketChange.from_dict(correction("12").to_dict() | {"description": "The number is 12"})
    put = update_anomalie_adresse.sync_detailed(
        ticket, client=client, body=whole, if_match=patched.headers["ETag"]
    )
    assert ok(put, Ticket).issues.building_address_street_nr.value == ["12"]
    late = update_anomalie_adresse.sync_detailed(ticket, client=client, body=whole, if_match=first)
    assert ok(late, Error, HTTPStatus.PRECONDITION_FAILED).code == "65"


def upload(client, ticket):
    """Attaches a file, waits for its check and downloads it."""
    content = b"IMB;12\n"
    body = CreateAnomalieAdresseAttachmentFilesBody(
        file=File(payload=io.BytesIO(content), file_name="list.csv", mime_type="text/csv"),
        attachment=NewAttachment(name="list.csv"),
    )
    created = create_anomalie_adresse_attachment.sync_detailed(ticket, client=client, body=body)
    attachment = ok(created, Attachment, HTTPStatus.CREATED)
    deadline = time.monotonic() + 30
    status = None
    while status in (None, PartialAttachmentStatus.PENDING) and time.monotonic() < deadline:
        time.sleep(0.1)
        answer = get_anomalie_adresse_attachment.sync_detailed(ticket, attachment.id, client=client)
        status = ok(answer, PartialAttachment).status
    assert status == PartialAttachmentStatus.VALIDATED, status
    download = download_anomalie_adresse_attachment.sync_detailed(ticket, attachment.id, client=client)
    assert download.content == content, download


def directory(client):
    """Lists organizations; creates, lists, changes, replaces and deletes an individual."""
    organizations = ok(list_organizations.sync_detailed(client=client, limit=10), list)
    assert organizations and all(organization.id for organization in organizations)
    body = NewIndividual(family_name="Dalton", given_name="Jack")
    individual = ok(create_individual.sync_detailed(client=client, body=body), Individual, HTTPStatus.CREATED)
    assert individual.full_name == "Jack Dalton"
    listed = ok(list_individuals.sync_detailed(client=client, family_name="Dalton"), list)
    assert [one.id for one in listed] == [individual.id]
    patch = IndividualPatch(title="Mr")
    patched = ok(patch_individual.sync_detailed(individual.id, client=client, body=patch), Individual)
    assert patched.title == "Mr"
    body = NewIndividual(family_name="Dalton", given_name="Joe")
    ok(update_individual.sync_detailed(individual.id, client=client, body=body), Individual)
    read = ok(get_individual.sync_detailed(individual.id, client=client), Individual)
    assert read.given_name == "Joe"
    deleted = delete_individual.sync_detailed(individual.id, client=client)
    assert deleted.status_code == HTTPStatus.NO_CONTENT, deleted


def main():
    """Runs every step; an assertion says what differs."""
    access = token()
    with tickets.AuthenticatedClient(base_url=SERVER, token=access) as client:
        ticket = open_and_list(client)
        change(client, ticket)
        upload(client, ticket)
    with party.AuthenticatedClient(base_url=SERVER, token=access) as client:
        directory(client)


main()
