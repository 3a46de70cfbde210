using KmsTools.KeyStores;

namespace KmsTools.Estates;

/// <summary>Plans clusters.</summary>
internal static class EstateClusterPlanner
{
    /// <summary>
    /// Registers a cluster that does not exist, or changes its settings. Its library, HSMs and certificate cannot be changed.
    /// </summary>
    public static void Add(EstatePlanBuilder plan, EstateCluster cluster)
    {
        if (cluster.Pin is { Source: EstateSecretSource.Plaintext } pin && !plan.State.IsTemporary)
        {
            plan.Error(
                pin.Position,
                "A PIN in plaintext is accepted in temporary stores only. Use pinFrom with environment, file or prompt.",
                ErrorCause.TemporaryStoreNeeded);
        }

        if (cluster.CommandsFromElsewhere is { } commands)
        {
            plan.Check(commands.Position, () => HsmClusterRules.RequireCommands(commands.Value));
        }

        string id = cluster.Id.Value;
        if (!plan.State.Clusters.TryGetValue(id, out HsmCluster? present))
        {
            RequireDifferent(plan, cluster);
            plan.Changes.Add(Change(
                cluster,
                EstateAction.Created,
                $"Register the cluster, on {Tokens(cluster.Tokens.Select(Text))} of {cluster.Library}{Settings(cluster)}")
                with { Steps = [new RegisterClusterStep(cluster)] });
            return;
        }

        plan.Ids[cluster] = id;
        int errors = plan.Errors.Count;
        if (present.Library != cluster.Library.Value)
        {
            plan.Error(cluster.Library.Position, $"The library of {id} is {present.Library} and cannot be changed to {cluster.Library}.");
        }

        if (Pair(cluster, present) is not { } pairs)
        {
            plan.Error(
                cluster.Tokens[0].Label.Position,
                $"{id} has {Tokens(HsmToken.Names(present.Tokens))}, which an import cannot change to "
                    + $"{Tokens(cluster.Tokens.Select(static token => token.Name))}.");
        }
        else if (present.Library == cluster.Library.Value)
        {
            RequireLibraries(plan, cluster, present, pairs);
        }

        if (cluster.TrustAnchorCertificate is { } certificate
            && !ClusterCertificate.IsSame(certificate.Value, present.TrustAnchorCertificate))
        {
            plan.Error(certificate.Position, $"{id} has another trust anchor certificate, which cannot be changed.");
        }

        if (plan.Errors.Count == errors && !Configure(plan, cluster, present))
        {
            plan.Changes.Add(Change(cluster, EstateAction.Unchanged, "Nothing to do"));
        }
    }

    // Each token of the estate with the HSM that it names; the most specific chooses first. Null if the counts differ, or one names none.
    private static List<(EstateToken Wanted, HsmToken Present)>? Pair(EstateCluster cluster, HsmCluster present)
    {
        List<HsmToken> left = [.. present.Tokens];
        List<(EstateToken, HsmToken)> pairs = [];
        foreach (EstateToken wanted in cluster.Tokens.OrderBy(static token => token.Selector.SerialNumber is null))
        {
            if (left.Find(wanted.Selector.Allows) is not { } hsm)
            {
                return null;
            }

            left.Remove(hsm);
            pairs.Add((wanted, hsm));
        }

        return left.Count == 0 ? pairs : null;
    }

    // The label names an HSM in its cluster, whatever its library is; a URI names it more specifically.
    private static void RequireDifferent(EstatePlanBuilder plan, EstateCluster cluster)
    {
        if (cluster.Tokens.GroupBy(static token => token.Name.TrimEnd(' '), StringComparer.Ordinal)
            .FirstOrDefault(static group => group.Count() > 1) is { } same)
        {
            plan.Check(
                same.ElementAt(1).Label.Position,
                () => HsmClusterRules.RequireDifferent([.. same.Select(static token => token.Name)]));
        }
    }

    private static void RequireLibraries(
        EstatePlanBuilder plan, EstateCluster cluster, HsmCluster present, List<(EstateToken Wanted, HsmToken Present)> pairs)
    {
        foreach ((EstateToken token, HsmToken hsm) in pairs)
        {
            string library = hsm.Library ?? present.Library;
            Located<string> wanted = token.Library ?? cluster.Library;
            if (library != wanted.Value)
            {
                plan.Error(
                    (token.Library ?? token.Label).Position,
                    $"The library of the token {token.Name} of {present.ClusterId} is {library} and cannot be changed to {wanted}.");
            }
        }
    }

    // Each setting is a separate change, so that it can be declined and refers to its line.
    private static bool Configure(EstatePlanBuilder plan, EstateCluster cluster, HsmCluster present)
    {
        int before = plan.Changes.Count;
        if (cluster.HighAvailability is { } available && available.Value != present.HighAvailability)
        {
            Add(
                available.Value ? "Make keys only while two of its HSMs are active" : "Make keys while one of its HSMs is active",
                available.Position,
                new ConfigureClusterStep(present.ClusterId, HighAvailability: available.Value));
        }

        if (cluster.ManagePassword is { } manage && manage.Value != present.ManagePassword)
        {
            Add(manage.Value
                ? "Change the password of the crypto user at each connect"
                : "Leave the password of the crypto user as it is from now on", manage.Position,
                new ConfigureClusterStep(present.ClusterId, ManagePassword: manage.Value));
        }

        if (cluster.CommandsFromElsewhere is { } commands && commands.Value != present.CommandsFromElsewhere)
        {
            Add($"Set the external requests per second to {commands}", commands.Position,
                new ConfigureClusterStep(present.ClusterId, CommandsFromElsewhere: commands.Value));
        }

        return plan.Changes.Count > before;

        void Add(string description, SourcePosition position, ConfigureClusterStep step) => plan.Changes.Add(
            Change(cluster, EstateAction.Updated, description) with { Position = position, Steps = [step] });
    }

    private static string Settings(EstateCluster cluster) =>
        (cluster.HighAvailability is { Value: true } ? ", highly available" : "") + (cluster.ManagePassword is { Value: true }
            ? ", with a managed password"
            : "")
        + (cluster.CommandsFromElsewhere is { Value: > 0 } commands ? $", with external requests ({commands} per second)" : "");

    private static EstateChange Change(EstateCluster cluster, EstateAction action, string description) => new()
    {
        Kind = EstateKind.Cluster,
        Name = cluster.Id.Value,
        Action = action,
        Description = description,
        Target = $"cluster {cluster.Id}",
        Position = cluster.Position,
        Owner = cluster,
    };

    private static string Text(EstateToken token) => token.Library is null || token.IsUri ? token.Name : $"{token.Name} ({token.Library})";

    private static string Tokens(IEnumerable<string> tokens) => $"the token{(tokens.Skip(1).Any() ? "s" : "")} {string.Join(", ", tokens)}";
}
