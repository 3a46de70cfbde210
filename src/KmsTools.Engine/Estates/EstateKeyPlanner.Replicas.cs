using KmsTools.Identifiers;
using KmsTools.KeyStates;

namespace KmsTools.Estates;

internal sealed partial class EstateKeyPlanner
{
    private void AddReplicas()
    {
        foreach (EstateKey wanted in _wanted.Replicas)
        {
            string region = wanted.Region!.Value;
            Key? present = _present is null ? null : _plan.State.Keys.GetValueOrDefault((region, _present.KeyId));
            Key future = _key with { Region = region, MultiRegionKeyType = MultiRegionKeyType.REPLICA, IsEnabled = true, Rotation = null };
            EstateKeyPlanner replica = new(_plan, wanted, present, present ?? future, isReplica: true);
            replica.AddAsReplica(this);
        }
    }

    private static string Partition(string region) => AwsRegions.PartitionOf(RegionName.Parse(region));

    private void AddAsReplica(EstateKeyPlanner primary)
    {
        if (_region == primary._region)
        {
            _plan.Error(_wanted.Region!.Position, $"The primary key itself is in {_region}.");
            return;
        }

        if (!primary._key.MultiRegion)
        {
            _plan.Error(_wanted.Position, "Only a multi-Region key can have replicas: add 'multiRegion: true' to it.");
            return;
        }

        if (_present is null && Partition(_region) is var partition && partition != Partition(primary._region))
        {
            _plan.Error(
                _wanted.Region!.Position,
                $"The key cannot be replicated to {_region}, which is in the partition {partition}: its own is "
                    + $"{Partition(primary._region)}.");
            return;
        }

        if (_present is null && primary.Waits)
        {
            AddWaiting(EstateKind.Replica, primary._wanted.Name, $"Replicate the key to {_region}", _wanted.Position);
            return;
        }

        int before = _plan.Changes.Count;
        int errors = _plan.Errors.Count;
        if (_present is null)
        {
            CheckPolicy();
            CheckTags();
            _plan.Check(_wanted.Region!.Position, () => KeyStateTable.Require("ReplicateKey", primary._key));
            _plan.Changes.Add(Change(
                EstateKind.Replica,
                primary._wanted.Name,
                EstateAction.Created,
                $"Replicate the key to {_region}",
                _wanted.Position) with
            {
                Region = primary._region,
                Steps = [new ReplicateKeyStep(_wanted, primary._wanted)],
                Needs = [primary._wanted],
                Blame = Blame,
            });
        }
        else
        {
            RequireUnchangeable();
        }

        if (_plan.Errors.Count == errors)
        {
            AddMaterialOf(primary);
            AddSettings();
            if (_wanted.Enabled is { Value: false })
            {
                AddState(enabled: false);
            }
        }

        if (_plan.Changes.Count == before && _plan.Errors.Count == errors)
        {
            _plan.Changes.Add(Change(EstateKind.Replica, primary._wanted.Name, EstateAction.Unchanged, "Nothing to do", _wanted.Position));
        }
    }
}
