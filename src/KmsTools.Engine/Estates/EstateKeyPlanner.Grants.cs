using System.Collections.Immutable;
using KmsTools.Operations;

namespace KmsTools.Estates;

internal sealed partial class EstateKeyPlanner
{
    private void AddGrants()
    {
        ImmutableArray<Grant> present = _present is null ? [] : _plan.State.Grants.GetValueOrDefault((_region, _present.KeyId), []);
        foreach (EstateGrant wanted in _wanted.Grants)
        {
            Grant? asked = null;
            if (!_plan.Check(error => EstateErrorLocator.Of(wanted, error), wanted.Position, () =>
                {
                    asked = Asked(wanted);
                    GrantRules.RequireFits(_key, asked);
                })
                || present.Any(grant => GrantIdentity(grant) == GrantIdentity(asked!)))
            {
                continue;
            }

            if (wanted.Name is { } name && present.FirstOrDefault(grant => grant.Name == name.Value) is { } other)
            {
                _plan.Error(
                    name.Position,
                    $"{_present!.Arn} has a grant {name} that permits something else, and grants cannot be changed. Revoke grant "
                        + $"{other.GrantId}, or choose another name.",
                    ErrorCause.GrantDiffers);
                continue;
            }

            string title = wanted.Name?.Value ?? asked!.Grantee.Name;
            if (Waits)
            {
                AddWaiting(EstateKind.Grant, title, "Create the grant", wanted.Position);
                continue;
            }

            AddUpdate(EstateKind.Grant, title, $"Create the grant to {asked!.Grantee.Name}", wanted
                .Position, "CreateGrant", keyId => new CreateGrantRequest
            {
                KeyId = keyId,
                Name = wanted.Name?.Value,
                GranteePrincipal = wanted.Grantee?.Value,
                GranteeServicePrincipal = wanted.GranteeService?.Value,
                RetiringPrincipal = wanted.Retiring?.Value,
                RetiringServicePrincipal = wanted.RetiringService?.Value,
                Operations = [.. wanted.Operations.Select(static operation => operation.Value.ToString())],
                Constraints = wanted.Constraints?.Value,
            }, EstateAction.Created, error => EstateErrorLocator.Of(wanted, error));
        }
    }

    // The rules that CreateGrant has for a request on its own.
    private Grant Asked(EstateGrant wanted) => new()
    {
        Region = _region,
        KeyId = "",
        GrantId = "",
        CreationDate = default,
        Name = wanted.Name?.Value ?? "",
        Grantee = CreateGrant.Grantee(wanted.Grantee?.Value, wanted.GranteeService?.Value),
        Retiring = GrantPrincipal.Of("Retiring", wanted.Retiring?.Value, wanted.RetiringService?.Value),
        Operations = GrantRules.Operations(wanted.Operations.Select(static operation => operation.Value)),
        Constraints = GrantRules.Constraints(wanted.Constraints?.Value),
    };

    // Grants without a name have no separate digest.
    private static string GrantIdentity(Grant grant) => (grant.Name.Length > 0 ? grant : grant with { Name = "\0" }).RequestDigest!;
}
