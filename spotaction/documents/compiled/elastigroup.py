"""Made from schemas/elastigroup.schema.json by tools/compile_schemas.py: `CHECKS` accept what it accepts."""

from spotaction.documents.compiled import MismatchError

import re
REGEX_PATTERNS = {'^(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01][0-9]|2[0-3]):[0-5][0-9]-(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01][0-9]|2[0-3]):[0-5][0-9]$': re.compile('^(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01][0-9]|2[0-3]):[0-5][0-9]-(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01][0-9]|2[0-3]):[0-5][0-9]\\Z'), '^ami-|<\\+': re.compile('^ami-|<\\+'), '^arn:|<\\+': re.compile('^arn:|<\\+'), '^-?[0-9]+$|<\\+': re.compile('^-?[0-9]+\\Z|<\\+'), '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[-+][0-9]{2}:?[0-9]{2})?$|<\\+': re.compile('^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[-+][0-9]{2}:?[0-9]{2})?\\Z|<\\+'), '^-?[0-9]+$|^[A-Za-z]+[(].*[)]$|<\\+': re.compile('^-?[0-9]+\\Z|^[A-Za-z]+[(].*[)]\\Z|<\\+')}
NoneType = type(None)
def validate(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['group']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if '$schema' in v3:
            v3.remove('$schema')
            v4 = v0['$schema']
            if not isinstance(v4, str):
                raise MismatchError
        if 'group' in v3:
            v3.remove('group')
            v5 = v0['group']
            validate____defs_group(v5)
        if v3:
            raise MismatchError
    return v0
def validate____defs_group(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['capacity', 'strategy', 'compute']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'name' in v3:
            v3.remove('name')
            v4 = v0['name']
            if not isinstance(v4, (str, NoneType)):
                raise MismatchError
        if 'description' in v3:
            v3.remove('description')
            v5 = v0['description']
            if not isinstance(v5, (str, NoneType)):
                raise MismatchError
        if 'region' in v3:
            v3.remove('region')
            v6 = v0['region']
            if not isinstance(v6, (str, NoneType)):
                raise MismatchError
            if isinstance(v6, str):
                v7 = len(v6)
                if v7 < 1:
                    raise MismatchError
        if 'capacity' in v3:
            v3.remove('capacity')
            v8 = v0['capacity']
            if not isinstance(v8, dict):
                raise MismatchError
            v9 = isinstance(v8, dict)
            if v9:
                v10 = set(['minimum', 'target', 'maximum']) - v8.keys()
                if v10:
                    raise MismatchError
                v11 = set(v8.keys())
                if 'minimum' in v11:
                    v11.remove('minimum')
                    v12 = v8['minimum']
                    if not isinstance(v12, int) and (not (isinstance(v12, float) and v12.is_integer())) or isinstance(v12, bool):
                        raise MismatchError
                    if isinstance(v12, (int, float)) and (not isinstance(v12, bool)):
                        if v12 < 0:
                            raise MismatchError
                if 'target' in v11:
                    v11.remove('target')
                    v13 = v8['target']
                    if not isinstance(v13, int) and (not (isinstance(v13, float) and v13.is_integer())) or isinstance(v13, bool):
                        raise MismatchError
                    if isinstance(v13, (int, float)) and (not isinstance(v13, bool)):
                        if v13 < 0:
                            raise MismatchError
                if 'maximum' in v11:
                    v11.remove('maximum')
                    v14 = v8['maximum']
                    if not isinstance(v14, int) and (not (isinstance(v14, float) and v14.is_integer())) or isinstance(v14, bool):
                        raise MismatchError
                    if isinstance(v14, (int, float)) and (not isinstance(v14, bool)):
                        if v14 < 0:
                            raise MismatchError
                if 'unit' in v11:
                    v11.remove('unit')
                    v15 = v8['unit']
                    if not (isinstance(v15, str) and v15 == 'instance' or (isinstance(v15, str) and v15 == 'weight') or v15 is None):
                        raise MismatchError
                if v11:
                    raise MismatchError
        if 'strategy' in v3:
            v3.remove('strategy')
            v16 = v0['strategy']
            if not isinstance(v16, dict):
                raise MismatchError
            v17 = isinstance(v16, dict)
            if v17:
                v18 = set(v16.keys())
                if 'risk' in v18:
                    v18.remove('risk')
                    v19 = v16['risk']
                    if not isinstance(v19, (int, float, NoneType)) or isinstance(v19, bool):
                        raise MismatchError
                    if isinstance(v19, (int, float)) and (not isinstance(v19, bool)):
                        if v19 < 0:
                            raise MismatchError
                        if v19 > 100:
                            raise MismatchError
                if 'onDemandCount' in v18:
                    v18.remove('onDemandCount')
                    v20 = v16['onDemandCount']
                    if not isinstance(v20, (int, NoneType)) and (not (isinstance(v20, float) and v20.is_integer())) or isinstance(v20, bool):
                        raise MismatchError
                    if isinstance(v20, (int, float)) and (not isinstance(v20, bool)):
                        if v20 < 0:
                            raise MismatchError
                if 'availabilityVsCost' in v18:
                    v18.remove('availabilityVsCost')
                    v21 = v16['availabilityVsCost']
                    if not (isinstance(v21, str) and v21 == 'costOriented' or (isinstance(v21, str) and v21 == 'availabilityOriented') or (isinstance(v21, str) and v21 == 'balanced') or (isinstance(v21, str) and v21 == 'cheapest') or (isinstance(v21, str) and v21 == 'equalAzDistribution') or (isinstance(v21, str) and v21 == 'equalZoneDistribution') or (v21 is None)):
                        raise MismatchError
                if 'fallbackToOd' in v18:
                    v18.remove('fallbackToOd')
                    v22 = v16['fallbackToOd']
                    if not isinstance(v22, (bool, NoneType)):
                        raise MismatchError
                if 'considerODPricing' in v18:
                    v18.remove('considerODPricing')
                    v23 = v16['considerODPricing']
                    if not isinstance(v23, (bool, NoneType)):
                        raise MismatchError
                if 'utilizeReservedInstances' in v18:
                    v18.remove('utilizeReservedInstances')
                    v24 = v16['utilizeReservedInstances']
                    if not isinstance(v24, (bool, NoneType)):
                        raise MismatchError
                if 'utilizeCommitments' in v18:
                    v18.remove('utilizeCommitments')
                    v25 = v16['utilizeCommitments']
                    if not isinstance(v25, (bool, NoneType)):
                        raise MismatchError
                if 'restrictSingleAz' in v18:
                    v18.remove('restrictSingleAz')
                    v26 = v16['restrictSingleAz']
                    if not isinstance(v26, (bool, NoneType)):
                        raise MismatchError
                if 'drainingTimeout' in v18:
                    v18.remove('drainingTimeout')
                    v27 = v16['drainingTimeout']
                    if not isinstance(v27, (int, NoneType)) and (not (isinstance(v27, float) and v27.is_integer())) or isinstance(v27, bool):
                        raise MismatchError
                    if isinstance(v27, (int, float)) and (not isinstance(v27, bool)):
                        if v27 < 0:
                            raise MismatchError
                if 'maxReplacementsPercentage' in v18:
                    v18.remove('maxReplacementsPercentage')
                    v28 = v16['maxReplacementsPercentage']
                    if not isinstance(v28, (int, NoneType)) and (not (isinstance(v28, float) and v28.is_integer())) or isinstance(v28, bool):
                        raise MismatchError
                    if isinstance(v28, (int, float)) and (not isinstance(v28, bool)):
                        if v28 < 0:
                            raise MismatchError
                        if v28 > 100:
                            raise MismatchError
                if 'spinUpTime' in v18:
                    v18.remove('spinUpTime')
                    v29 = v16['spinUpTime']
                    if not isinstance(v29, (int, NoneType)) and (not (isinstance(v29, float) and v29.is_integer())) or isinstance(v29, bool):
                        raise MismatchError
                    if isinstance(v29, (int, float)) and (not isinstance(v29, bool)):
                        if v29 < 0:
                            raise MismatchError
                if 'lifetimePeriod' in v18:
                    v18.remove('lifetimePeriod')
                    v30 = v16['lifetimePeriod']
                    if not isinstance(v30, (str, NoneType)):
                        raise MismatchError
                if 'minimumInstanceLifetime' in v18:
                    v18.remove('minimumInstanceLifetime')
                    v31 = v16['minimumInstanceLifetime']
                    if not (isinstance(v31, (int, float)) and (not isinstance(v31, bool)) and (v31 == 1) or (isinstance(v31, (int, float)) and (not isinstance(v31, bool)) and (v31 == 3)) or (isinstance(v31, (int, float)) and (not isinstance(v31, bool)) and (v31 == 6)) or (isinstance(v31, (int, float)) and (not isinstance(v31, bool)) and (v31 == 7)) or (isinstance(v31, (int, float)) and (not isinstance(v31, bool)) and (v31 == 12)) or (isinstance(v31, (int, float)) and (not isinstance(v31, bool)) and (v31 == 24)) or (v31 is None)):
                        raise MismatchError
                if 'immediateODRecoverThreshold' in v18:
                    v18.remove('immediateODRecoverThreshold')
                    v32 = v16['immediateODRecoverThreshold']
                    if not isinstance(v32, (int, NoneType)) and (not (isinstance(v32, float) and v32.is_integer())) or isinstance(v32, bool):
                        raise MismatchError
                    if isinstance(v32, (int, float)) and (not isinstance(v32, bool)):
                        if v32 < 0:
                            raise MismatchError
                if 'signals' in v18:
                    v18.remove('signals')
                    v33 = v16['signals']
                    if not isinstance(v33, (list, tuple, NoneType)):
                        raise MismatchError
                    v34 = isinstance(v33, list)
                    if v34:
                        v35 = len(v33)
                        for v36, v37 in enumerate(v33):
                            if not isinstance(v37, dict):
                                raise MismatchError
                            v38 = isinstance(v37, dict)
                            if v38:
                                v39 = set(v37.keys())
                                if 'name' in v39:
                                    v39.remove('name')
                                    v40 = v37['name']
                                    if not (isinstance(v40, str) and v40 == 'INSTANCE_READY' or (isinstance(v40, str) and v40 == 'INSTANCE_READY_TO_SHUTDOWN') or v40 is None):
                                        raise MismatchError
                                if 'timeout' in v39:
                                    v39.remove('timeout')
                                    v41 = v37['timeout']
                                    if not isinstance(v41, (int, NoneType)) and (not (isinstance(v41, float) and v41.is_integer())) or isinstance(v41, bool):
                                        raise MismatchError
                                    if isinstance(v41, (int, float)) and (not isinstance(v41, bool)):
                                        if v41 < 60:
                                            raise MismatchError
                                        if v41 > 1800:
                                            raise MismatchError
                                if v39:
                                    raise MismatchError
                if 'persistence' in v18:
                    v18.remove('persistence')
                    v42 = v16['persistence']
                    v43 = 0
                    if not v43:
                        try:
                            if not isinstance(v42, NoneType):
                                raise MismatchError
                            v43 += 1
                        except MismatchError:
                            pass
                    if not v43:
                        try:
                            validate____defs_persistence(v42)
                            v43 += 1
                        except MismatchError:
                            pass
                    if not v43:
                        try:
                            if not isinstance(v42, list):
                                raise MismatchError
                            v44 = isinstance(v42, list)
                            if v44:
                                v45 = len(v42)
                                for v46, v47 in enumerate(v42):
                                    validate____defs_persistence(v47)
                            v43 += 1
                        except MismatchError:
                            pass
                    if not v43:
                        raise MismatchError
                if 'revertToSpot' in v18:
                    v18.remove('revertToSpot')
                    v48 = v16['revertToSpot']
                    if not isinstance(v48, (dict, NoneType)):
                        raise MismatchError
                    v49 = isinstance(v48, dict)
                    if v49:
                        v50 = set(v48.keys())
                        if 'performAt' in v50:
                            v50.remove('performAt')
                            v51 = v48['performAt']
                            if not (isinstance(v51, str) and v51 == 'never' or (isinstance(v51, str) and v51 == 'always') or (isinstance(v51, str) and v51 == 'timeWindow') or (v51 is None)):
                                raise MismatchError
                        if 'timeWindows' in v50:
                            v50.remove('timeWindows')
                            v52 = v48['timeWindows']
                            if not isinstance(v52, (list, tuple, NoneType)):
                                raise MismatchError
                            v53 = isinstance(v52, list)
                            if v53:
                                v54 = len(v52)
                                for v55, v56 in enumerate(v52):
                                    if not isinstance(v56, str):
                                        raise MismatchError
                                    if isinstance(v56, str):
                                        if not REGEX_PATTERNS['^(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01][0-9]|2[0-3]):[0-5][0-9]-(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01][0-9]|2[0-3]):[0-5][0-9]$'].search(v56):
                                            raise MismatchError
                        if v50:
                            raise MismatchError
                if 'scalingStrategy' in v18:
                    v18.remove('scalingStrategy')
                    v57 = v16['scalingStrategy']
                    if not isinstance(v57, (dict, NoneType)):
                        raise MismatchError
                    v58 = isinstance(v57, dict)
                    if v58:
                        v59 = set(v57.keys())
                        if 'terminationPolicy' in v59:
                            v59.remove('terminationPolicy')
                            v60 = v57['terminationPolicy']
                            if not (isinstance(v60, str) and v60 == 'default' or (isinstance(v60, str) and v60 == 'newestInstance') or v60 is None):
                                raise MismatchError
                        if 'terminateAtEndOfBillingHour' in v59:
                            v59.remove('terminateAtEndOfBillingHour')
                            v61 = v57['terminateAtEndOfBillingHour']
                            if not isinstance(v61, (bool, NoneType)):
                                raise MismatchError
                        if v59:
                            raise MismatchError
                if 'statefulDeallocation' in v18:
                    v18.remove('statefulDeallocation')
                    v62 = v16['statefulDeallocation']
                    if not isinstance(v62, (dict, NoneType)):
                        raise MismatchError
                if v18:
                    raise MismatchError
        if 'compute' in v3:
            v3.remove('compute')
            v63 = v0['compute']
            if not isinstance(v63, dict):
                raise MismatchError
            v64 = 0
            if v64 < 2:
                try:
                    v65 = isinstance(v63, dict)
                    if v65:
                        v66 = set(['availabilityZones']) - v63.keys()
                        if v66:
                            raise MismatchError
                        v67 = set(v63.keys())
                        if 'availabilityZones' in v67:
                            v67.remove('availabilityZones')
                            v68 = v63['availabilityZones']
                            try:
                                if not isinstance(v68, NoneType):
                                    raise MismatchError
                            except MismatchError:
                                pass
                            else:
                                raise MismatchError
                    v64 += 1
                except MismatchError:
                    pass
            if v64 < 2:
                try:
                    v65 = isinstance(v63, dict)
                    if v65:
                        v66 = set(['subnetIds']) - v63.keys()
                        if v66:
                            raise MismatchError
                        v67 = set(v63.keys())
                        if 'subnetIds' in v67:
                            v67.remove('subnetIds')
                            v69 = v63['subnetIds']
                            try:
                                if not isinstance(v69, NoneType):
                                    raise MismatchError
                            except MismatchError:
                                pass
                            else:
                                raise MismatchError
                    v64 += 1
                except MismatchError:
                    pass
            if v64 != 1:
                raise MismatchError
            v65 = isinstance(v63, dict)
            if v65:
                v66 = set(['instanceTypes', 'launchSpecification']) - v63.keys()
                if v66:
                    raise MismatchError
                v67 = set(v63.keys())
                if 'product' in v67:
                    v67.remove('product')
                    v70 = v63['product']
                    if not (isinstance(v70, str) and v70 == 'Linux/UNIX' or (isinstance(v70, str) and v70 == 'Linux/UNIX (Amazon VPC)') or (isinstance(v70, str) and v70 == 'SUSE Linux') or (isinstance(v70, str) and v70 == 'SUSE Linux (Amazon VPC)') or (isinstance(v70, str) and v70 == 'Windows') or (isinstance(v70, str) and v70 == 'Windows (Amazon VPC)') or (isinstance(v70, str) and v70 == 'Red Hat Enterprise Linux') or (isinstance(v70, str) and v70 == 'Red Hat Enterprise Linux (Amazon VPC)') or (v70 is None)):
                        raise MismatchError
                if 'instanceTypes' in v67:
                    v67.remove('instanceTypes')
                    v71 = v63['instanceTypes']
                    if not isinstance(v71, dict):
                        raise MismatchError
                    v72 = 0
                    if v72 < 2:
                        try:
                            v73 = isinstance(v71, dict)
                            if v73:
                                v74 = set(['ondemand']) - v71.keys()
                                if v74:
                                    raise MismatchError
                                v75 = set(v71.keys())
                                if 'ondemand' in v75:
                                    v75.remove('ondemand')
                                    v76 = v71['ondemand']
                                    try:
                                        if not isinstance(v76, NoneType):
                                            raise MismatchError
                                    except MismatchError:
                                        pass
                                    else:
                                        raise MismatchError
                            v72 += 1
                        except MismatchError:
                            pass
                    if v72 < 2:
                        try:
                            v73 = isinstance(v71, dict)
                            if v73:
                                v74 = set(['onDemandTypes']) - v71.keys()
                                if v74:
                                    raise MismatchError
                                v75 = set(v71.keys())
                                if 'onDemandTypes' in v75:
                                    v75.remove('onDemandTypes')
                                    v77 = v71['onDemandTypes']
                                    try:
                                        if not isinstance(v77, NoneType):
                                            raise MismatchError
                                    except MismatchError:
                                        pass
                                    else:
                                        raise MismatchError
                            v72 += 1
                        except MismatchError:
                            pass
                    if v72 != 1:
                        raise MismatchError
                    v78 = 0
                    if v78 < 2:
                        try:
                            v73 = isinstance(v71, dict)
                            if v73:
                                v74 = set(['spot']) - v71.keys()
                                if v74:
                                    raise MismatchError
                                v75 = set(v71.keys())
                                if 'spot' in v75:
                                    v75.remove('spot')
                                    v79 = v71['spot']
                                    try:
                                        if not isinstance(v79, NoneType):
                                            raise MismatchError
                                    except MismatchError:
                                        pass
                                    else:
                                        raise MismatchError
                            v78 += 1
                        except MismatchError:
                            pass
                    if v78 < 2:
                        try:
                            v73 = isinstance(v71, dict)
                            if v73:
                                v74 = set(['resourceRequirements']) - v71.keys()
                                if v74:
                                    raise MismatchError
                                v75 = set(v71.keys())
                                if 'resourceRequirements' in v75:
                                    v75.remove('resourceRequirements')
                                    v80 = v71['resourceRequirements']
                                    try:
                                        if not isinstance(v80, NoneType):
                                            raise MismatchError
                                    except MismatchError:
                                        pass
                                    else:
                                        raise MismatchError
                            v78 += 1
                        except MismatchError:
                            pass
                    if v78 != 1:
                        raise MismatchError
                    v73 = isinstance(v71, dict)
                    if v73:
                        v75 = set(v71.keys())
                        if 'ondemand' in v75:
                            v75.remove('ondemand')
                            v76 = v71['ondemand']
                            if not isinstance(v76, (str, NoneType)):
                                raise MismatchError
                        if 'onDemandTypes' in v75:
                            v75.remove('onDemandTypes')
                            v77 = v71['onDemandTypes']
                            if not isinstance(v77, (list, tuple, NoneType)):
                                raise MismatchError
                            v81 = isinstance(v77, list)
                            if v81:
                                v82 = len(v77)
                                for v83, v84 in enumerate(v77):
                                    if not isinstance(v84, str):
                                        raise MismatchError
                                    if isinstance(v84, str):
                                        v85 = len(v84)
                                        if v85 < 1:
                                            raise MismatchError
                        if 'spot' in v75:
                            v75.remove('spot')
                            v79 = v71['spot']
                            if not isinstance(v79, (list, tuple, NoneType)):
                                raise MismatchError
                            v86 = isinstance(v79, list)
                            if v86:
                                v87 = len(v79)
                                if v87 < 1:
                                    raise MismatchError
                                for v88, v89 in enumerate(v79):
                                    if not isinstance(v89, str):
                                        raise MismatchError
                                    if isinstance(v89, str):
                                        v90 = len(v89)
                                        if v90 < 1:
                                            raise MismatchError
                        if 'preferredSpot' in v75:
                            v75.remove('preferredSpot')
                            v91 = v71['preferredSpot']
                            if not isinstance(v91, (list, tuple, NoneType)):
                                raise MismatchError
                            v92 = isinstance(v91, list)
                            if v92:
                                v93 = len(v91)
                                for v94, v95 in enumerate(v91):
                                    if not isinstance(v95, str):
                                        raise MismatchError
                                    if isinstance(v95, str):
                                        v96 = len(v95)
                                        if v96 < 1:
                                            raise MismatchError
                        if 'resourceRequirements' in v75:
                            v75.remove('resourceRequirements')
                            v80 = v71['resourceRequirements']
                            if not isinstance(v80, (dict, NoneType)):
                                raise MismatchError
                            v97 = isinstance(v80, dict)
                            if v97:
                                v98 = set(['requiredVCpu', 'requiredMemory']) - v80.keys()
                                if v98:
                                    raise MismatchError
                                v99 = set(v80.keys())
                                if 'requiredGpu' in v99:
                                    v99.remove('requiredGpu')
                                    v100 = v80['requiredGpu']
                                    if not isinstance(v100, (dict, NoneType)):
                                        raise MismatchError
                                    v101 = isinstance(v100, dict)
                                    if v101:
                                        v102 = set(v100.keys())
                                        if 'minimum' in v102:
                                            v102.remove('minimum')
                                            v103 = v100['minimum']
                                            if not isinstance(v103, (int, NoneType)) and (not (isinstance(v103, float) and v103.is_integer())) or isinstance(v103, bool):
                                                raise MismatchError
                                            if isinstance(v103, (int, float)) and (not isinstance(v103, bool)):
                                                if v103 < 1:
                                                    raise MismatchError
                                        if 'maximum' in v102:
                                            v102.remove('maximum')
                                            v104 = v100['maximum']
                                            if not isinstance(v104, (int, NoneType)) and (not (isinstance(v104, float) and v104.is_integer())) or isinstance(v104, bool):
                                                raise MismatchError
                                            if isinstance(v104, (int, float)) and (not isinstance(v104, bool)):
                                                if v104 > 16:
                                                    raise MismatchError
                                        if v102:
                                            raise MismatchError
                                if 'requiredVCpu' in v99:
                                    v99.remove('requiredVCpu')
                                    v105 = v80['requiredVCpu']
                                    if not isinstance(v105, dict):
                                        raise MismatchError
                                    v106 = isinstance(v105, dict)
                                    if v106:
                                        v107 = set(v105.keys())
                                        if 'minimum' in v107:
                                            v107.remove('minimum')
                                            v108 = v105['minimum']
                                            if not isinstance(v108, (int, NoneType)) and (not (isinstance(v108, float) and v108.is_integer())) or isinstance(v108, bool):
                                                raise MismatchError
                                            if isinstance(v108, (int, float)) and (not isinstance(v108, bool)):
                                                if v108 < 1:
                                                    raise MismatchError
                                        if 'maximum' in v107:
                                            v107.remove('maximum')
                                            v109 = v105['maximum']
                                            if not isinstance(v109, (int, NoneType)) and (not (isinstance(v109, float) and v109.is_integer())) or isinstance(v109, bool):
                                                raise MismatchError
                                            if isinstance(v109, (int, float)) and (not isinstance(v109, bool)):
                                                if v109 > 64:
                                                    raise MismatchError
                                        if v107:
                                            raise MismatchError
                                if 'requiredMemory' in v99:
                                    v99.remove('requiredMemory')
                                    v110 = v80['requiredMemory']
                                    if not isinstance(v110, dict):
                                        raise MismatchError
                                    v111 = isinstance(v110, dict)
                                    if v111:
                                        v112 = set(v110.keys())
                                        if 'minimum' in v112:
                                            v112.remove('minimum')
                                            v113 = v110['minimum']
                                            if not isinstance(v113, (int, NoneType)) and (not (isinstance(v113, float) and v113.is_integer())) or isinstance(v113, bool):
                                                raise MismatchError
                                            if isinstance(v113, (int, float)) and (not isinstance(v113, bool)):
                                                if v113 < 1:
                                                    raise MismatchError
                                        if 'maximum' in v112:
                                            v112.remove('maximum')
                                            v114 = v110['maximum']
                                            if not isinstance(v114, (int, NoneType)) and (not (isinstance(v114, float) and v114.is_integer())) or isinstance(v114, bool):
                                                raise MismatchError
                                            if isinstance(v114, (int, float)) and (not isinstance(v114, bool)):
                                                if v114 > 512:
                                                    raise MismatchError
                                        if v112:
                                            raise MismatchError
                                if 'excludedInstanceTypes' in v99:
                                    v99.remove('excludedInstanceTypes')
                                    v115 = v80['excludedInstanceTypes']
                                    if not isinstance(v115, (list, tuple, NoneType)):
                                        raise MismatchError
                                    v116 = isinstance(v115, list)
                                    if v116:
                                        v117 = len(v115)
                                        for v118, v119 in enumerate(v115):
                                            if not isinstance(v119, str):
                                                raise MismatchError
                                            if isinstance(v119, str):
                                                v120 = len(v119)
                                                if v120 < 1:
                                                    raise MismatchError
                                if 'excludedInstanceFamilies' in v99:
                                    v99.remove('excludedInstanceFamilies')
                                    v121 = v80['excludedInstanceFamilies']
                                    if not isinstance(v121, (list, tuple, NoneType)):
                                        raise MismatchError
                                    v122 = isinstance(v121, list)
                                    if v122:
                                        v123 = len(v121)
                                        for v124, v125 in enumerate(v121):
                                            if not isinstance(v125, str):
                                                raise MismatchError
                                            if isinstance(v125, str):
                                                v126 = len(v125)
                                                if v126 < 1:
                                                    raise MismatchError
                                if 'excludedInstanceGenerations' in v99:
                                    v99.remove('excludedInstanceGenerations')
                                    v127 = v80['excludedInstanceGenerations']
                                    if not isinstance(v127, (list, tuple, NoneType)):
                                        raise MismatchError
                                    v128 = isinstance(v127, list)
                                    if v128:
                                        v129 = len(v127)
                                        for v130, v131 in enumerate(v127):
                                            if not isinstance(v131, str):
                                                raise MismatchError
                                            if isinstance(v131, str):
                                                v132 = len(v131)
                                                if v132 < 1:
                                                    raise MismatchError
                                if v99:
                                    raise MismatchError
                        if 'weights' in v75:
                            v75.remove('weights')
                            v133 = v71['weights']
                            if not isinstance(v133, (list, tuple, NoneType)):
                                raise MismatchError
                            v134 = isinstance(v133, list)
                            if v134:
                                v135 = len(v133)
                                for v136, v137 in enumerate(v133):
                                    if not isinstance(v137, dict):
                                        raise MismatchError
                                    v138 = isinstance(v137, dict)
                                    if v138:
                                        v139 = set(['instanceType', 'weightedCapacity']) - v137.keys()
                                        if v139:
                                            raise MismatchError
                                        v140 = set(v137.keys())
                                        if 'instanceType' in v140:
                                            v140.remove('instanceType')
                                            v141 = v137['instanceType']
                                            if not isinstance(v141, str):
                                                raise MismatchError
                                        if 'weightedCapacity' in v140:
                                            v140.remove('weightedCapacity')
                                            v142 = v137['weightedCapacity']
                                            if not isinstance(v142, int) and (not (isinstance(v142, float) and v142.is_integer())) or isinstance(v142, bool):
                                                raise MismatchError
                                            if isinstance(v142, (int, float)) and (not isinstance(v142, bool)):
                                                if v142 < 1:
                                                    raise MismatchError
                                        if v140:
                                            raise MismatchError
                        if v75:
                            raise MismatchError
                if 'availabilityZones' in v67:
                    v67.remove('availabilityZones')
                    v68 = v63['availabilityZones']
                    v143 = 0
                    if not v143:
                        try:
                            if not isinstance(v68, NoneType):
                                raise MismatchError
                            v143 += 1
                        except MismatchError:
                            pass
                    if not v143:
                        try:
                            if not isinstance(v68, list):
                                raise MismatchError
                            v144 = isinstance(v68, list)
                            if v144:
                                v145 = len(v68)
                                if v145 < 1:
                                    raise MismatchError
                                for v146, v147 in enumerate(v68):
                                    validate____defs_zone(v147)
                            v143 += 1
                        except MismatchError:
                            pass
                    if not v143:
                        try:
                            validate____defs_zone(v68)
                            v143 += 1
                        except MismatchError:
                            pass
                    if not v143:
                        raise MismatchError
                if 'subnetIds' in v67:
                    v67.remove('subnetIds')
                    v69 = v63['subnetIds']
                    if not isinstance(v69, (list, tuple, NoneType)):
                        raise MismatchError
                    v148 = isinstance(v69, list)
                    if v148:
                        v149 = len(v69)
                        if v149 < 1:
                            raise MismatchError
                        for v150, v151 in enumerate(v69):
                            if not isinstance(v151, str):
                                raise MismatchError
                            if isinstance(v151, str):
                                v152 = len(v151)
                                if v152 < 1:
                                    raise MismatchError
                if 'preferredAvailabilityZones' in v67:
                    v67.remove('preferredAvailabilityZones')
                    v153 = v63['preferredAvailabilityZones']
                    if not isinstance(v153, (list, tuple, NoneType)):
                        raise MismatchError
                    v154 = isinstance(v153, list)
                    if v154:
                        v155 = len(v153)
                        for v156, v157 in enumerate(v153):
                            if not isinstance(v157, str):
                                raise MismatchError
                            if isinstance(v157, str):
                                v158 = len(v157)
                                if v158 < 1:
                                    raise MismatchError
                if 'elasticIps' in v67:
                    v67.remove('elasticIps')
                    v159 = v63['elasticIps']
                    if not isinstance(v159, (list, tuple, NoneType)):
                        raise MismatchError
                    v160 = isinstance(v159, list)
                    if v160:
                        v161 = len(v159)
                        for v162, v163 in enumerate(v159):
                            if not isinstance(v163, str):
                                raise MismatchError
                            if isinstance(v163, str):
                                v164 = len(v163)
                                if v164 < 1:
                                    raise MismatchError
                if 'privateIps' in v67:
                    v67.remove('privateIps')
                    v165 = v63['privateIps']
                    if not isinstance(v165, (list, tuple, NoneType)):
                        raise MismatchError
                    v166 = isinstance(v165, list)
                    if v166:
                        v167 = len(v165)
                        for v168, v169 in enumerate(v165):
                            if not isinstance(v169, str):
                                raise MismatchError
                            if isinstance(v169, str):
                                v170 = len(v169)
                                if v170 < 1:
                                    raise MismatchError
                if 'ebsVolumePool' in v67:
                    v67.remove('ebsVolumePool')
                    v171 = v63['ebsVolumePool']
                    if not isinstance(v171, (list, tuple, NoneType)):
                        raise MismatchError
                    v172 = isinstance(v171, list)
                    if v172:
                        v173 = len(v171)
                        for v174, v175 in enumerate(v171):
                            if not isinstance(v175, dict):
                                raise MismatchError
                            v176 = isinstance(v175, dict)
                            if v176:
                                v177 = set(v175.keys())
                                if 'deviceName' in v177:
                                    v177.remove('deviceName')
                                    v178 = v175['deviceName']
                                    if not isinstance(v178, (str, NoneType)):
                                        raise MismatchError
                                if 'volumeIds' in v177:
                                    v177.remove('volumeIds')
                                    v179 = v175['volumeIds']
                                    if not isinstance(v179, (list, tuple, NoneType)):
                                        raise MismatchError
                                    v180 = isinstance(v179, list)
                                    if v180:
                                        v181 = len(v179)
                                        for v182, v183 in enumerate(v179):
                                            if not isinstance(v183, str):
                                                raise MismatchError
                                            if isinstance(v183, str):
                                                v184 = len(v183)
                                                if v184 < 1:
                                                    raise MismatchError
                                if v177:
                                    raise MismatchError
                if 'volumeAttachments' in v67:
                    v67.remove('volumeAttachments')
                    v185 = v63['volumeAttachments']
                    if not isinstance(v185, (dict, NoneType)):
                        raise MismatchError
                    v186 = isinstance(v185, dict)
                    if v186:
                        v187 = set(['volumes']) - v185.keys()
                        if v187:
                            raise MismatchError
                        v188 = set(v185.keys())
                        if 'volumes' in v188:
                            v188.remove('volumes')
                            v189 = v185['volumes']
                            if not isinstance(v189, list):
                                raise MismatchError
                            v190 = isinstance(v189, list)
                            if v190:
                                v191 = len(v189)
                                for v192, v193 in enumerate(v189):
                                    if not isinstance(v193, dict):
                                        raise MismatchError
                                    v194 = isinstance(v193, dict)
                                    if v194:
                                        v195 = set(['volumeId', 'deviceName']) - v193.keys()
                                        if v195:
                                            raise MismatchError
                                        v196 = set(v193.keys())
                                        if 'volumeId' in v196:
                                            v196.remove('volumeId')
                                            v197 = v193['volumeId']
                                            if not isinstance(v197, str):
                                                raise MismatchError
                                        if 'deviceName' in v196:
                                            v196.remove('deviceName')
                                            v198 = v193['deviceName']
                                            if not isinstance(v198, str):
                                                raise MismatchError
                                        if v196:
                                            raise MismatchError
                        if v188:
                            raise MismatchError
                if 'launchSpecification' in v67:
                    v67.remove('launchSpecification')
                    v199 = v63['launchSpecification']
                    if not isinstance(v199, dict):
                        raise MismatchError
                    try:
                        v200 = isinstance(v199, dict)
                        if v200:
                            v201 = set(['imageId', 'images']) - v199.keys()
                            if v201:
                                raise MismatchError
                            v202 = set(v199.keys())
                            if 'imageId' in v202:
                                v202.remove('imageId')
                                v203 = v199['imageId']
                                try:
                                    if not isinstance(v203, NoneType):
                                        raise MismatchError
                                except MismatchError:
                                    pass
                                else:
                                    raise MismatchError
                            if 'images' in v202:
                                v202.remove('images')
                                v204 = v199['images']
                                try:
                                    if not isinstance(v204, NoneType):
                                        raise MismatchError
                                except MismatchError:
                                    pass
                                else:
                                    raise MismatchError
                    except MismatchError:
                        pass
                    else:
                        raise MismatchError
                    v200 = isinstance(v199, dict)
                    if v200:
                        v201 = set(['securityGroupIds']) - v199.keys()
                        if v201:
                            raise MismatchError
                        v202 = set(v199.keys())
                        if 'imageId' in v202:
                            v202.remove('imageId')
                            v203 = v199['imageId']
                            if not isinstance(v203, (str, NoneType)):
                                raise MismatchError
                            if isinstance(v203, str):
                                if not REGEX_PATTERNS['^ami-|<\\+'].search(v203):
                                    raise MismatchError
                        if 'images' in v202:
                            v202.remove('images')
                            v204 = v199['images']
                            if not isinstance(v204, (list, tuple, NoneType)):
                                raise MismatchError
                            v205 = isinstance(v204, list)
                            if v205:
                                v206 = len(v204)
                                if v206 < 1:
                                    raise MismatchError
                                for v207, v208 in enumerate(v204):
                                    if not isinstance(v208, dict):
                                        raise MismatchError
                                    v209 = isinstance(v208, dict)
                                    if v209:
                                        v210 = set(['id']) - v208.keys()
                                        if v210:
                                            raise MismatchError
                                        v211 = set(v208.keys())
                                        if 'id' in v211:
                                            v211.remove('id')
                                            v212 = v208['id']
                                            if not isinstance(v212, str):
                                                raise MismatchError
                                            if isinstance(v212, str):
                                                if not REGEX_PATTERNS['^ami-|<\\+'].search(v212):
                                                    raise MismatchError
                                        if v211:
                                            raise MismatchError
                        if 'userData' in v202:
                            v202.remove('userData')
                            v213 = v199['userData']
                            if not isinstance(v213, (str, NoneType)):
                                raise MismatchError
                        if 'shutdownScript' in v202:
                            v202.remove('shutdownScript')
                            v214 = v199['shutdownScript']
                            if not isinstance(v214, (str, NoneType)):
                                raise MismatchError
                        if 'keyPair' in v202:
                            v202.remove('keyPair')
                            v215 = v199['keyPair']
                            if not isinstance(v215, (str, NoneType)):
                                raise MismatchError
                        if 'iamRole' in v202:
                            v202.remove('iamRole')
                            v216 = v199['iamRole']
                            if not isinstance(v216, (dict, NoneType)):
                                raise MismatchError
                            v217 = isinstance(v216, dict)
                            if v217:
                                v218 = set(v216.keys())
                                if 'name' in v218:
                                    v218.remove('name')
                                    v219 = v216['name']
                                    if not isinstance(v219, (str, NoneType)):
                                        raise MismatchError
                                if 'arn' in v218:
                                    v218.remove('arn')
                                    v220 = v216['arn']
                                    if not isinstance(v220, (str, NoneType)):
                                        raise MismatchError
                                if v218:
                                    raise MismatchError
                        if 'securityGroupIds' in v202:
                            v202.remove('securityGroupIds')
                            v221 = v199['securityGroupIds']
                            if not isinstance(v221, list):
                                raise MismatchError
                            v222 = isinstance(v221, list)
                            if v222:
                                v223 = len(v221)
                                if v223 < 1:
                                    raise MismatchError
                                for v224, v225 in enumerate(v221):
                                    if not isinstance(v225, str):
                                        raise MismatchError
                                    if isinstance(v225, str):
                                        v226 = len(v225)
                                        if v226 < 1:
                                            raise MismatchError
                        if 'monitoring' in v202:
                            v202.remove('monitoring')
                            v227 = v199['monitoring']
                            if not isinstance(v227, (bool, NoneType)):
                                raise MismatchError
                        if 'ebsOptimized' in v202:
                            v202.remove('ebsOptimized')
                            v228 = v199['ebsOptimized']
                            if not isinstance(v228, (bool, NoneType)):
                                raise MismatchError
                        if 'tenancy' in v202:
                            v202.remove('tenancy')
                            v229 = v199['tenancy']
                            if not (isinstance(v229, str) and v229 == 'default' or (isinstance(v229, str) and v229 == 'dedicated') or (isinstance(v229, str) and v229 == 'host') or (v229 is None)):
                                raise MismatchError
                        if 'healthCheckType' in v202:
                            v202.remove('healthCheckType')
                            v230 = v199['healthCheckType']
                            if not (isinstance(v230, str) and v230 == 'ELB' or (isinstance(v230, str) and v230 == 'HCS') or (isinstance(v230, str) and v230 == 'TARGET_GROUP') or (isinstance(v230, str) and v230 == 'ECS_CLUSTER_INSTANCE') or (isinstance(v230, str) and v230 == 'EC2') or (isinstance(v230, str) and v230 == 'OPSWORKS') or (isinstance(v230, str) and v230 == 'K8S_NODE') or (isinstance(v230, str) and v230 == 'NOMAD_NODE') or (v230 is None)):
                                raise MismatchError
                        if 'healthCheckGracePeriod' in v202:
                            v202.remove('healthCheckGracePeriod')
                            v231 = v199['healthCheckGracePeriod']
                            if not isinstance(v231, (int, NoneType)) and (not (isinstance(v231, float) and v231.is_integer())) or isinstance(v231, bool):
                                raise MismatchError
                            if isinstance(v231, (int, float)) and (not isinstance(v231, bool)):
                                if v231 < 0:
                                    raise MismatchError
                        if 'healthCheckUnhealthyDurationBeforeReplacement' in v202:
                            v202.remove('healthCheckUnhealthyDurationBeforeReplacement')
                            v232 = v199['healthCheckUnhealthyDurationBeforeReplacement']
                            if not isinstance(v232, (int, NoneType)) and (not (isinstance(v232, float) and v232.is_integer())) or isinstance(v232, bool):
                                raise MismatchError
                            if isinstance(v232, (int, float)) and (not isinstance(v232, bool)):
                                if v232 < 0:
                                    raise MismatchError
                        if 'autoHealing' in v202:
                            v202.remove('autoHealing')
                            v233 = v199['autoHealing']
                            if not isinstance(v233, (bool, NoneType)):
                                raise MismatchError
                        if 'loadBalancersConfig' in v202:
                            v202.remove('loadBalancersConfig')
                            v234 = v199['loadBalancersConfig']
                            if not isinstance(v234, (dict, NoneType)):
                                raise MismatchError
                            v235 = isinstance(v234, dict)
                            if v235:
                                v236 = set(v234.keys())
                                if 'loadBalancers' in v236:
                                    v236.remove('loadBalancers')
                                    v237 = v234['loadBalancers']
                                    if not isinstance(v237, (list, tuple, NoneType)):
                                        raise MismatchError
                                    v238 = isinstance(v237, list)
                                    if v238:
                                        v239 = len(v237)
                                        for v240, v241 in enumerate(v237):
                                            if not isinstance(v241, dict):
                                                raise MismatchError
                                            try:
                                                v242 = isinstance(v241, dict)
                                                if v242:
                                                    v243 = set(['type']) - v241.keys()
                                                    if v243:
                                                        raise MismatchError
                                                    v244 = set(v241.keys())
                                                    if 'type' in v244:
                                                        v244.remove('type')
                                                        v245 = v241['type']
                                                        if not (isinstance(v245, str) and v245 == 'TARGET_GROUP'):
                                                            raise MismatchError
                                            except MismatchError:
                                                pass
                                            else:
                                                v242 = isinstance(v241, dict)
                                                if v242:
                                                    v243 = set(['arn']) - v241.keys()
                                                    if v243:
                                                        raise MismatchError
                                                    v244 = set(v241.keys())
                                                    if 'arn' in v244:
                                                        v244.remove('arn')
                                                        v246 = v241['arn']
                                                        try:
                                                            if not isinstance(v246, NoneType):
                                                                raise MismatchError
                                                        except MismatchError:
                                                            pass
                                                        else:
                                                            raise MismatchError
                                            try:
                                                v242 = isinstance(v241, dict)
                                                if v242:
                                                    v243 = set(['type']) - v241.keys()
                                                    if v243:
                                                        raise MismatchError
                                                    v244 = set(v241.keys())
                                                    if 'type' in v244:
                                                        v244.remove('type')
                                                        v245 = v241['type']
                                                        if not (isinstance(v245, str) and v245 == 'CLASSIC'):
                                                            raise MismatchError
                                            except MismatchError:
                                                pass
                                            else:
                                                v242 = isinstance(v241, dict)
                                                if v242:
                                                    v243 = set(['name']) - v241.keys()
                                                    if v243:
                                                        raise MismatchError
                                                    v244 = set(v241.keys())
                                                    if 'name' in v244:
                                                        v244.remove('name')
                                                        v247 = v241['name']
                                                        try:
                                                            if not isinstance(v247, NoneType):
                                                                raise MismatchError
                                                        except MismatchError:
                                                            pass
                                                        else:
                                                            raise MismatchError
                                            v242 = isinstance(v241, dict)
                                            if v242:
                                                v243 = set(['type']) - v241.keys()
                                                if v243:
                                                    raise MismatchError
                                                v244 = set(v241.keys())
                                                if 'name' in v244:
                                                    v244.remove('name')
                                                    v247 = v241['name']
                                                    if not isinstance(v247, (str, NoneType)):
                                                        raise MismatchError
                                                if 'arn' in v244:
                                                    v244.remove('arn')
                                                    v246 = v241['arn']
                                                    if not isinstance(v246, (str, NoneType)):
                                                        raise MismatchError
                                                    if isinstance(v246, str):
                                                        if not REGEX_PATTERNS['^arn:|<\\+'].search(v246):
                                                            raise MismatchError
                                                if 'type' in v244:
                                                    v244.remove('type')
                                                    v245 = v241['type']
                                                    if not (isinstance(v245, str) and v245 == 'CLASSIC' or (isinstance(v245, str) and v245 == 'TARGET_GROUP')):
                                                        raise MismatchError
                                                if 'balancerId' in v244:
                                                    v244.remove('balancerId')
                                                    v248 = v241['balancerId']
                                                    if not isinstance(v248, (str, NoneType)):
                                                        raise MismatchError
                                                if 'targetSetId' in v244:
                                                    v244.remove('targetSetId')
                                                    v249 = v241['targetSetId']
                                                    if not isinstance(v249, (str, NoneType)):
                                                        raise MismatchError
                                                if 'autoWeight' in v244:
                                                    v244.remove('autoWeight')
                                                    v250 = v241['autoWeight']
                                                    if not isinstance(v250, (bool, NoneType)):
                                                        raise MismatchError
                                                if 'zoneAwareness' in v244:
                                                    v244.remove('zoneAwareness')
                                                    v251 = v241['zoneAwareness']
                                                    if not isinstance(v251, (bool, NoneType)):
                                                        raise MismatchError
                                                if 'azAwareness' in v244:
                                                    v244.remove('azAwareness')
                                                    v252 = v241['azAwareness']
                                                    if not isinstance(v252, (bool, NoneType)):
                                                        raise MismatchError
                                                if v244:
                                                    raise MismatchError
                                if 'multai' in v236:
                                    v236.remove('multai')
                                    v253 = v234['multai']
                                if v236:
                                    raise MismatchError
                        if 'loadBalancerNames' in v202:
                            v202.remove('loadBalancerNames')
                            v254 = v199['loadBalancerNames']
                            if not isinstance(v254, (list, tuple, NoneType)):
                                raise MismatchError
                            v255 = isinstance(v254, list)
                            if v255:
                                v256 = len(v254)
                                for v257, v258 in enumerate(v254):
                                    if not isinstance(v258, str):
                                        raise MismatchError
                                    if isinstance(v258, str):
                                        v259 = len(v258)
                                        if v259 < 1:
                                            raise MismatchError
                        if 'blockDeviceMappings' in v202:
                            v202.remove('blockDeviceMappings')
                            v260 = v199['blockDeviceMappings']
                            if not isinstance(v260, (list, tuple, NoneType)):
                                raise MismatchError
                            v261 = isinstance(v260, list)
                            if v261:
                                v262 = len(v260)
                                for v263, v264 in enumerate(v260):
                                    if not isinstance(v264, dict):
                                        raise MismatchError
                                    v265 = isinstance(v264, dict)
                                    if v265:
                                        v266 = set(['deviceName']) - v264.keys()
                                        if v266:
                                            raise MismatchError
                                        v267 = set(v264.keys())
                                        if 'deviceName' in v267:
                                            v267.remove('deviceName')
                                            v268 = v264['deviceName']
                                            if not isinstance(v268, str):
                                                raise MismatchError
                                            if isinstance(v268, str):
                                                v269 = len(v268)
                                                if v269 < 1:
                                                    raise MismatchError
                                        if 'ebs' in v267:
                                            v267.remove('ebs')
                                            v270 = v264['ebs']
                                            if not isinstance(v270, (dict, NoneType)):
                                                raise MismatchError
                                            try:
                                                v271 = isinstance(v270, dict)
                                                if v271:
                                                    v272 = set(['iops', 'dynamicIops']) - v270.keys()
                                                    if v272:
                                                        raise MismatchError
                                                    v273 = set(v270.keys())
                                                    if 'iops' in v273:
                                                        v273.remove('iops')
                                                        v274 = v270['iops']
                                                        try:
                                                            if not isinstance(v274, NoneType):
                                                                raise MismatchError
                                                        except MismatchError:
                                                            pass
                                                        else:
                                                            raise MismatchError
                                                    if 'dynamicIops' in v273:
                                                        v273.remove('dynamicIops')
                                                        v275 = v270['dynamicIops']
                                                        try:
                                                            if not isinstance(v275, NoneType):
                                                                raise MismatchError
                                                        except MismatchError:
                                                            pass
                                                        else:
                                                            raise MismatchError
                                            except MismatchError:
                                                pass
                                            else:
                                                raise MismatchError
                                            try:
                                                v271 = isinstance(v270, dict)
                                                if v271:
                                                    v272 = set(['volumeSize', 'dynamicVolumeSize']) - v270.keys()
                                                    if v272:
                                                        raise MismatchError
                                                    v273 = set(v270.keys())
                                                    if 'volumeSize' in v273:
                                                        v273.remove('volumeSize')
                                                        v276 = v270['volumeSize']
                                                        try:
                                                            if not isinstance(v276, NoneType):
                                                                raise MismatchError
                                                        except MismatchError:
                                                            pass
                                                        else:
                                                            raise MismatchError
                                                    if 'dynamicVolumeSize' in v273:
                                                        v273.remove('dynamicVolumeSize')
                                                        v277 = v270['dynamicVolumeSize']
                                                        try:
                                                            if not isinstance(v277, NoneType):
                                                                raise MismatchError
                                                        except MismatchError:
                                                            pass
                                                        else:
                                                            raise MismatchError
                                            except MismatchError:
                                                pass
                                            else:
                                                raise MismatchError
                                            v271 = isinstance(v270, dict)
                                            if v271:
                                                v273 = set(v270.keys())
                                                if 'encrypted' in v273:
                                                    v273.remove('encrypted')
                                                    v278 = v270['encrypted']
                                                    if not (isinstance(v278, bool) and v278 is True or (isinstance(v278, bool) and v278 is False) or (isinstance(v278, str) and v278 == 'true') or (isinstance(v278, str) and v278 == 'false') or (v278 is None)):
                                                        raise MismatchError
                                                if 'iops' in v273:
                                                    v273.remove('iops')
                                                    v274 = v270['iops']
                                                    if not isinstance(v274, (int, str, NoneType)) and (not (isinstance(v274, float) and v274.is_integer())) or isinstance(v274, bool):
                                                        raise MismatchError
                                                    if isinstance(v274, str):
                                                        if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v274):
                                                            raise MismatchError
                                                    if isinstance(v274, (int, float)) and (not isinstance(v274, bool)):
                                                        if v274 < 0:
                                                            raise MismatchError
                                                if 'dynamicIops' in v273:
                                                    v273.remove('dynamicIops')
                                                    v275 = v270['dynamicIops']
                                                    if not isinstance(v275, (dict, NoneType)):
                                                        raise MismatchError
                                                    v279 = isinstance(v275, dict)
                                                    if v279:
                                                        v280 = set(v275.keys())
                                                        if 'baseSize' in v280:
                                                            v280.remove('baseSize')
                                                            v281 = v275['baseSize']
                                                            if not isinstance(v281, (int, NoneType)) and (not (isinstance(v281, float) and v281.is_integer())) or isinstance(v281, bool):
                                                                raise MismatchError
                                                            if isinstance(v281, (int, float)) and (not isinstance(v281, bool)):
                                                                if v281 < 0:
                                                                    raise MismatchError
                                                        if 'resource' in v280:
                                                            v280.remove('resource')
                                                            v282 = v275['resource']
                                                            if not (isinstance(v282, str) and v282 == 'CPU' or (isinstance(v282, str) and v282 == 'MEMORY') or v282 is None):
                                                                raise MismatchError
                                                        if 'sizePerResourceUnit' in v280:
                                                            v280.remove('sizePerResourceUnit')
                                                            v283 = v275['sizePerResourceUnit']
                                                            if not isinstance(v283, (int, NoneType)) and (not (isinstance(v283, float) and v283.is_integer())) or isinstance(v283, bool):
                                                                raise MismatchError
                                                            if isinstance(v283, (int, float)) and (not isinstance(v283, bool)):
                                                                if v283 < 0:
                                                                    raise MismatchError
                                                        if v280:
                                                            raise MismatchError
                                                if 'kmsKeyId' in v273:
                                                    v273.remove('kmsKeyId')
                                                    v284 = v270['kmsKeyId']
                                                    if not isinstance(v284, (str, NoneType)):
                                                        raise MismatchError
                                                if 'snapshotId' in v273:
                                                    v273.remove('snapshotId')
                                                    v285 = v270['snapshotId']
                                                    if not isinstance(v285, (str, NoneType)):
                                                        raise MismatchError
                                                if 'throughput' in v273:
                                                    v273.remove('throughput')
                                                    v286 = v270['throughput']
                                                    if not isinstance(v286, (int, NoneType)) and (not (isinstance(v286, float) and v286.is_integer())) or isinstance(v286, bool):
                                                        raise MismatchError
                                                    if isinstance(v286, (int, float)) and (not isinstance(v286, bool)):
                                                        if v286 < 125:
                                                            raise MismatchError
                                                        if v286 > 1000:
                                                            raise MismatchError
                                                if 'volumeType' in v273:
                                                    v273.remove('volumeType')
                                                    v287 = v270['volumeType']
                                                    if not isinstance(v287, (str, NoneType)):
                                                        raise MismatchError
                                                if 'deleteOnTermination' in v273:
                                                    v273.remove('deleteOnTermination')
                                                    v288 = v270['deleteOnTermination']
                                                    if not (isinstance(v288, bool) and v288 is True or (isinstance(v288, bool) and v288 is False) or (isinstance(v288, str) and v288 == 'true') or (isinstance(v288, str) and v288 == 'false') or (v288 is None)):
                                                        raise MismatchError
                                                if 'volumeSize' in v273:
                                                    v273.remove('volumeSize')
                                                    v276 = v270['volumeSize']
                                                    if not isinstance(v276, (int, str, NoneType)) and (not (isinstance(v276, float) and v276.is_integer())) or isinstance(v276, bool):
                                                        raise MismatchError
                                                    if isinstance(v276, str):
                                                        if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v276):
                                                            raise MismatchError
                                                    if isinstance(v276, (int, float)) and (not isinstance(v276, bool)):
                                                        if v276 < 1:
                                                            raise MismatchError
                                                if 'dynamicVolumeSize' in v273:
                                                    v273.remove('dynamicVolumeSize')
                                                    v277 = v270['dynamicVolumeSize']
                                                    if not isinstance(v277, (dict, NoneType)):
                                                        raise MismatchError
                                                    v289 = isinstance(v277, dict)
                                                    if v289:
                                                        v290 = set(v277.keys())
                                                        if 'baseSize' in v290:
                                                            v290.remove('baseSize')
                                                            v291 = v277['baseSize']
                                                            if not isinstance(v291, (int, NoneType)) and (not (isinstance(v291, float) and v291.is_integer())) or isinstance(v291, bool):
                                                                raise MismatchError
                                                            if isinstance(v291, (int, float)) and (not isinstance(v291, bool)):
                                                                if v291 < 0:
                                                                    raise MismatchError
                                                        if 'resource' in v290:
                                                            v290.remove('resource')
                                                            v292 = v277['resource']
                                                            if not (isinstance(v292, str) and v292 == 'CPU' or (isinstance(v292, str) and v292 == 'MEMORY') or v292 is None):
                                                                raise MismatchError
                                                        if 'sizePerResourceUnit' in v290:
                                                            v290.remove('sizePerResourceUnit')
                                                            v293 = v277['sizePerResourceUnit']
                                                            if not isinstance(v293, (int, NoneType)) and (not (isinstance(v293, float) and v293.is_integer())) or isinstance(v293, bool):
                                                                raise MismatchError
                                                            if isinstance(v293, (int, float)) and (not isinstance(v293, bool)):
                                                                if v293 < 0:
                                                                    raise MismatchError
                                                        if v290:
                                                            raise MismatchError
                                                if v273:
                                                    raise MismatchError
                                        if 'noDevice' in v267:
                                            v267.remove('noDevice')
                                            v294 = v264['noDevice']
                                            if not isinstance(v294, (str, NoneType)):
                                                raise MismatchError
                                        if 'virtualName' in v267:
                                            v267.remove('virtualName')
                                            v295 = v264['virtualName']
                                            if not isinstance(v295, (str, NoneType)):
                                                raise MismatchError
                                        if v267:
                                            raise MismatchError
                        if 'networkInterfaces' in v202:
                            v202.remove('networkInterfaces')
                            v296 = v199['networkInterfaces']
                            if not isinstance(v296, (list, tuple, NoneType)):
                                raise MismatchError
                            v297 = isinstance(v296, list)
                            if v297:
                                v298 = len(v296)
                                for v299, v300 in enumerate(v296):
                                    if not isinstance(v300, dict):
                                        raise MismatchError
                                    v301 = isinstance(v300, dict)
                                    if v301:
                                        v302 = set(['deviceIndex']) - v300.keys()
                                        if v302:
                                            raise MismatchError
                                        v303 = set(v300.keys())
                                        if 'description' in v303:
                                            v303.remove('description')
                                            v304 = v300['description']
                                            if not isinstance(v304, (str, NoneType)):
                                                raise MismatchError
                                        if 'deviceIndex' in v303:
                                            v303.remove('deviceIndex')
                                            v305 = v300['deviceIndex']
                                            if not isinstance(v305, (int, str)) and (not (isinstance(v305, float) and v305.is_integer())) or isinstance(v305, bool):
                                                raise MismatchError
                                            if isinstance(v305, str):
                                                if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v305):
                                                    raise MismatchError
                                            if isinstance(v305, (int, float)) and (not isinstance(v305, bool)):
                                                if v305 < 0:
                                                    raise MismatchError
                                        if 'secondaryPrivateIpAddressCount' in v303:
                                            v303.remove('secondaryPrivateIpAddressCount')
                                            v306 = v300['secondaryPrivateIpAddressCount']
                                            if not isinstance(v306, (int, NoneType)) and (not (isinstance(v306, float) and v306.is_integer())) or isinstance(v306, bool):
                                                raise MismatchError
                                            if isinstance(v306, (int, float)) and (not isinstance(v306, bool)):
                                                if v306 < 0:
                                                    raise MismatchError
                                        if 'associatePublicIpAddress' in v303:
                                            v303.remove('associatePublicIpAddress')
                                            v307 = v300['associatePublicIpAddress']
                                            if not isinstance(v307, (bool, NoneType)):
                                                raise MismatchError
                                        if 'associateIpv6Address' in v303:
                                            v303.remove('associateIpv6Address')
                                            v308 = v300['associateIpv6Address']
                                            if not isinstance(v308, (bool, NoneType)):
                                                raise MismatchError
                                        if 'deleteOnTermination' in v303:
                                            v303.remove('deleteOnTermination')
                                            v309 = v300['deleteOnTermination']
                                            if not isinstance(v309, (bool, NoneType)):
                                                raise MismatchError
                                        if 'networkInterfaceId' in v303:
                                            v303.remove('networkInterfaceId')
                                            v310 = v300['networkInterfaceId']
                                            if not isinstance(v310, (str, NoneType)):
                                                raise MismatchError
                                        if 'networkInterfaceID' in v303:
                                            v303.remove('networkInterfaceID')
                                            v311 = v300['networkInterfaceID']
                                            if not isinstance(v311, (str, NoneType)):
                                                raise MismatchError
                                        if 'privateIpAddress' in v303:
                                            v303.remove('privateIpAddress')
                                            v312 = v300['privateIpAddress']
                                            if not isinstance(v312, (str, NoneType)):
                                                raise MismatchError
                                        if 'privateIpAddresses' in v303:
                                            v303.remove('privateIpAddresses')
                                            v313 = v300['privateIpAddresses']
                                            if not isinstance(v313, (list, tuple, NoneType)):
                                                raise MismatchError
                                            v314 = isinstance(v313, list)
                                            if v314:
                                                v315 = len(v313)
                                                for v316, v317 in enumerate(v313):
                                                    if not isinstance(v317, dict):
                                                        raise MismatchError
                                                    v318 = isinstance(v317, dict)
                                                    if v318:
                                                        v319 = set(['privateIpAddress', 'primary']) - v317.keys()
                                                        if v319:
                                                            raise MismatchError
                                                        v320 = set(v317.keys())
                                                        if 'privateIpAddress' in v320:
                                                            v320.remove('privateIpAddress')
                                                            v321 = v317['privateIpAddress']
                                                            if not isinstance(v321, str):
                                                                raise MismatchError
                                                        if 'primary' in v320:
                                                            v320.remove('primary')
                                                            v322 = v317['primary']
                                                            if not isinstance(v322, bool):
                                                                raise MismatchError
                                                        if v320:
                                                            raise MismatchError
                                        if 'subnetId' in v303:
                                            v303.remove('subnetId')
                                            v323 = v300['subnetId']
                                            if not isinstance(v323, (str, NoneType)):
                                                raise MismatchError
                                        if 'groups' in v303:
                                            v303.remove('groups')
                                            v324 = v300['groups']
                                            if not isinstance(v324, (list, tuple, NoneType)):
                                                raise MismatchError
                                            v325 = isinstance(v324, list)
                                            if v325:
                                                v326 = len(v324)
                                                for v327, v328 in enumerate(v324):
                                                    if not isinstance(v328, str):
                                                        raise MismatchError
                                                    if isinstance(v328, str):
                                                        v329 = len(v328)
                                                        if v329 < 1:
                                                            raise MismatchError
                                        if v303:
                                            raise MismatchError
                        if 'tags' in v202:
                            v202.remove('tags')
                            v330 = v199['tags']
                            v331 = 0
                            if not v331:
                                try:
                                    if not isinstance(v330, NoneType):
                                        raise MismatchError
                                    v331 += 1
                                except MismatchError:
                                    pass
                            if not v331:
                                try:
                                    if not isinstance(v330, list):
                                        raise MismatchError
                                    v332 = isinstance(v330, list)
                                    if v332:
                                        v333 = len(v330)
                                        for v334, v335 in enumerate(v330):
                                            validate____defs_tag(v335)
                                    v331 += 1
                                except MismatchError:
                                    pass
                            if not v331:
                                try:
                                    validate____defs_tag(v330)
                                    v331 += 1
                                except MismatchError:
                                    pass
                            if not v331:
                                raise MismatchError
                        if 'resourceTagSpecification' in v202:
                            v202.remove('resourceTagSpecification')
                            v336 = v199['resourceTagSpecification']
                            if not isinstance(v336, (dict, NoneType)):
                                raise MismatchError
                            v337 = isinstance(v336, dict)
                            if v337:
                                v338 = set(v336.keys())
                                if 'volumes' in v338:
                                    v338.remove('volumes')
                                    v339 = v336['volumes']
                                    if not isinstance(v339, (dict, NoneType)):
                                        raise MismatchError
                                    v340 = isinstance(v339, dict)
                                    if v340:
                                        v341 = set(v339.keys())
                                        if 'shouldTag' in v341:
                                            v341.remove('shouldTag')
                                            v342 = v339['shouldTag']
                                            if not isinstance(v342, (bool, NoneType)):
                                                raise MismatchError
                                        if v341:
                                            raise MismatchError
                                if 'snapshots' in v338:
                                    v338.remove('snapshots')
                                    v343 = v336['snapshots']
                                    if not isinstance(v343, (dict, NoneType)):
                                        raise MismatchError
                                    v344 = isinstance(v343, dict)
                                    if v344:
                                        v345 = set(v343.keys())
                                        if 'shouldTag' in v345:
                                            v345.remove('shouldTag')
                                            v346 = v343['shouldTag']
                                            if not isinstance(v346, (bool, NoneType)):
                                                raise MismatchError
                                        if v345:
                                            raise MismatchError
                                if 'enis' in v338:
                                    v338.remove('enis')
                                    v347 = v336['enis']
                                    if not isinstance(v347, (dict, NoneType)):
                                        raise MismatchError
                                    v348 = isinstance(v347, dict)
                                    if v348:
                                        v349 = set(v347.keys())
                                        if 'shouldTag' in v349:
                                            v349.remove('shouldTag')
                                            v350 = v347['shouldTag']
                                            if not isinstance(v350, (bool, NoneType)):
                                                raise MismatchError
                                        if v349:
                                            raise MismatchError
                                if 'amis' in v338:
                                    v338.remove('amis')
                                    v351 = v336['amis']
                                    if not isinstance(v351, (dict, NoneType)):
                                        raise MismatchError
                                    v352 = isinstance(v351, dict)
                                    if v352:
                                        v353 = set(v351.keys())
                                        if 'shouldTag' in v353:
                                            v353.remove('shouldTag')
                                            v354 = v351['shouldTag']
                                            if not isinstance(v354, (bool, NoneType)):
                                                raise MismatchError
                                        if v353:
                                            raise MismatchError
                                if v338:
                                    raise MismatchError
                        if 'metadataOptions' in v202:
                            v202.remove('metadataOptions')
                            v355 = v199['metadataOptions']
                            if not isinstance(v355, (dict, NoneType)):
                                raise MismatchError
                            v356 = isinstance(v355, dict)
                            if v356:
                                v357 = set(['httpTokens']) - v355.keys()
                                if v357:
                                    raise MismatchError
                                v358 = set(v355.keys())
                                if 'httpTokens' in v358:
                                    v358.remove('httpTokens')
                                    v359 = v355['httpTokens']
                                    if not (isinstance(v359, str) and v359 == 'optional' or (isinstance(v359, str) and v359 == 'required')):
                                        raise MismatchError
                                if 'httpPutResponseHopLimit' in v358:
                                    v358.remove('httpPutResponseHopLimit')
                                    v360 = v355['httpPutResponseHopLimit']
                                    if not isinstance(v360, (int, NoneType)) and (not (isinstance(v360, float) and v360.is_integer())) or isinstance(v360, bool):
                                        raise MismatchError
                                    if isinstance(v360, (int, float)) and (not isinstance(v360, bool)):
                                        if v360 < 1:
                                            raise MismatchError
                                        if v360 > 64:
                                            raise MismatchError
                                if 'instanceMetadataTags' in v358:
                                    v358.remove('instanceMetadataTags')
                                    v361 = v355['instanceMetadataTags']
                                    if not (isinstance(v361, str) and v361 == 'Enabled' or (isinstance(v361, str) and v361 == 'Disabled') or (isinstance(v361, str) and v361 == 'enabled') or (isinstance(v361, str) and v361 == 'disabled') or (v361 is None)):
                                        raise MismatchError
                                if v358:
                                    raise MismatchError
                        if 'cpuOptions' in v202:
                            v202.remove('cpuOptions')
                            v362 = v199['cpuOptions']
                            if not isinstance(v362, (dict, NoneType)):
                                raise MismatchError
                            v363 = isinstance(v362, dict)
                            if v363:
                                v364 = set(['threadsPerCore']) - v362.keys()
                                if v364:
                                    raise MismatchError
                                v365 = set(v362.keys())
                                if 'threadsPerCore' in v365:
                                    v365.remove('threadsPerCore')
                                    v366 = v362['threadsPerCore']
                                    if not isinstance(v366, int) and (not (isinstance(v366, float) and v366.is_integer())) or isinstance(v366, bool):
                                        raise MismatchError
                                    if isinstance(v366, (int, float)) and (not isinstance(v366, bool)):
                                        if v366 < 1:
                                            raise MismatchError
                                        if v366 > 2:
                                            raise MismatchError
                                if v365:
                                    raise MismatchError
                        if 'creditSpecification' in v202:
                            v202.remove('creditSpecification')
                            v367 = v199['creditSpecification']
                            if not isinstance(v367, (dict, NoneType)):
                                raise MismatchError
                            v368 = isinstance(v367, dict)
                            if v368:
                                v369 = set(v367.keys())
                                if 'cpuCredits' in v369:
                                    v369.remove('cpuCredits')
                                    v370 = v367['cpuCredits']
                                    if not (isinstance(v370, str) and v370 == 'unlimited' or (isinstance(v370, str) and v370 == 'standard') or v370 is None):
                                        raise MismatchError
                                if v369:
                                    raise MismatchError
                        if 'itf' in v202:
                            v202.remove('itf')
                            v371 = v199['itf']
                            validate____defs_itf(v371)
                        if 'instanceMetadataOptions' in v202:
                            v202.remove('instanceMetadataOptions')
                            v372 = v199['instanceMetadataOptions']
                            if not isinstance(v372, (dict, NoneType)):
                                raise MismatchError
                        if v202:
                            raise MismatchError
                if v67:
                    raise MismatchError
        if 'scaling' in v3:
            v3.remove('scaling')
            v373 = v0['scaling']
            if not isinstance(v373, (dict, NoneType)):
                raise MismatchError
            v374 = isinstance(v373, dict)
            if v374:
                v375 = set(v373.keys())
                if 'up' in v375:
                    v375.remove('up')
                    v376 = v373['up']
                    if not isinstance(v376, (list, tuple, NoneType)):
                        raise MismatchError
                    v377 = isinstance(v376, list)
                    if v377:
                        v378 = len(v376)
                        for v379, v380 in enumerate(v376):
                            validate____defs_uppolicy(v380)
                if 'down' in v375:
                    v375.remove('down')
                    v381 = v373['down']
                    if not isinstance(v381, (list, tuple, NoneType)):
                        raise MismatchError
                    v382 = isinstance(v381, list)
                    if v382:
                        v383 = len(v381)
                        for v384, v385 in enumerate(v381):
                            validate____defs_downpolicy(v385)
                if 'target' in v375:
                    v375.remove('target')
                    v386 = v373['target']
                    if not isinstance(v386, (list, tuple, NoneType)):
                        raise MismatchError
                    v387 = isinstance(v386, list)
                    if v387:
                        v388 = len(v386)
                        for v389, v390 in enumerate(v386):
                            validate____defs_targetpolicy(v390)
                if 'multipleMetrics' in v375:
                    v375.remove('multipleMetrics')
                    v391 = v373['multipleMetrics']
                    if not isinstance(v391, (dict, NoneType)):
                        raise MismatchError
                    v392 = isinstance(v391, dict)
                    if v392:
                        v393 = set(v391.keys())
                        if 'metrics' in v393:
                            v393.remove('metrics')
                            v394 = v391['metrics']
                            if not isinstance(v394, (list, tuple, NoneType)):
                                raise MismatchError
                            v395 = isinstance(v394, list)
                            if v395:
                                v396 = len(v394)
                                for v397, v398 in enumerate(v394):
                                    if not isinstance(v398, dict):
                                        raise MismatchError
                                    v399 = isinstance(v398, dict)
                                    if v399:
                                        v400 = set(['name', 'metricName', 'namespace']) - v398.keys()
                                        if v400:
                                            raise MismatchError
                                        v401 = set(v398.keys())
                                        if 'name' in v401:
                                            v401.remove('name')
                                            v402 = v398['name']
                                            if not isinstance(v402, str):
                                                raise MismatchError
                                        if 'metricName' in v401:
                                            v401.remove('metricName')
                                            v403 = v398['metricName']
                                            if not isinstance(v403, str):
                                                raise MismatchError
                                            if isinstance(v403, str):
                                                v404 = len(v403)
                                                if v404 < 1:
                                                    raise MismatchError
                                        if 'namespace' in v401:
                                            v401.remove('namespace')
                                            v405 = v398['namespace']
                                            if not isinstance(v405, str):
                                                raise MismatchError
                                            if isinstance(v405, str):
                                                v406 = len(v405)
                                                if v406 < 1:
                                                    raise MismatchError
                                        if 'statistic' in v401:
                                            v401.remove('statistic')
                                            v407 = v398['statistic']
                                            if not (isinstance(v407, str) and v407 == 'average' or (isinstance(v407, str) and v407 == 'sum') or (isinstance(v407, str) and v407 == 'sampleCount') or (isinstance(v407, str) and v407 == 'maximum') or (isinstance(v407, str) and v407 == 'minimum') or (isinstance(v407, str) and v407 == 'percentile') or (v407 is None)):
                                                raise MismatchError
                                        if 'extendedStatistic' in v401:
                                            v401.remove('extendedStatistic')
                                            v408 = v398['extendedStatistic']
                                            if not isinstance(v408, (str, NoneType)):
                                                raise MismatchError
                                        if 'unit' in v401:
                                            v401.remove('unit')
                                            v409 = v398['unit']
                                            if not (isinstance(v409, str) and v409 == 'seconds' or (isinstance(v409, str) and v409 == 'microseconds') or (isinstance(v409, str) and v409 == 'milliseconds') or (isinstance(v409, str) and v409 == 'bytes') or (isinstance(v409, str) and v409 == 'kilobytes') or (isinstance(v409, str) and v409 == 'megabytes') or (isinstance(v409, str) and v409 == 'gigabytes') or (isinstance(v409, str) and v409 == 'terabytes') or (isinstance(v409, str) and v409 == 'bits') or (isinstance(v409, str) and v409 == 'kilobits') or (isinstance(v409, str) and v409 == 'megabits') or (isinstance(v409, str) and v409 == 'gigabits') or (isinstance(v409, str) and v409 == 'terabits') or (isinstance(v409, str) and v409 == 'percent') or (isinstance(v409, str) and v409 == 'count') or (isinstance(v409, str) and v409 == 'bytes/second') or (isinstance(v409, str) and v409 == 'kilobytes/second') or (isinstance(v409, str) and v409 == 'megabytes/second') or (isinstance(v409, str) and v409 == 'gigabytes/second') or (isinstance(v409, str) and v409 == 'terabytes/second') or (isinstance(v409, str) and v409 == 'bits/second') or (isinstance(v409, str) and v409 == 'kilobits/second') or (isinstance(v409, str) and v409 == 'megabits/second') or (isinstance(v409, str) and v409 == 'gigabits/second') or (isinstance(v409, str) and v409 == 'terabits/second') or (isinstance(v409, str) and v409 == 'count/second') or (isinstance(v409, str) and v409 == 'none') or (v409 is None)):
                                                raise MismatchError
                                        if 'dimensions' in v401:
                                            v401.remove('dimensions')
                                            v410 = v398['dimensions']
                                            if not isinstance(v410, (list, tuple, NoneType)):
                                                raise MismatchError
                                            v411 = isinstance(v410, list)
                                            if v411:
                                                v412 = len(v410)
                                                for v413, v414 in enumerate(v410):
                                                    if not isinstance(v414, dict):
                                                        raise MismatchError
                                                    v415 = isinstance(v414, dict)
                                                    if v415:
                                                        v416 = set(['name']) - v414.keys()
                                                        if v416:
                                                            raise MismatchError
                                                        v417 = set(v414.keys())
                                                        if 'name' in v417:
                                                            v417.remove('name')
                                                            v418 = v414['name']
                                                            if not isinstance(v418, str):
                                                                raise MismatchError
                                                        if 'value' in v417:
                                                            v417.remove('value')
                                                            v419 = v414['value']
                                                            if not isinstance(v419, (str, NoneType)):
                                                                raise MismatchError
                                                        if v417:
                                                            raise MismatchError
                                        if v401:
                                            raise MismatchError
                        if 'expressions' in v393:
                            v393.remove('expressions')
                            v420 = v391['expressions']
                            if not isinstance(v420, (list, tuple, NoneType)):
                                raise MismatchError
                            v421 = isinstance(v420, list)
                            if v421:
                                v422 = len(v420)
                                for v423, v424 in enumerate(v420):
                                    if not isinstance(v424, dict):
                                        raise MismatchError
                                    v425 = isinstance(v424, dict)
                                    if v425:
                                        v426 = set(['name', 'expression']) - v424.keys()
                                        if v426:
                                            raise MismatchError
                                        v427 = set(v424.keys())
                                        if 'name' in v427:
                                            v427.remove('name')
                                            v428 = v424['name']
                                            if not isinstance(v428, str):
                                                raise MismatchError
                                        if 'expression' in v427:
                                            v427.remove('expression')
                                            v429 = v424['expression']
                                            if not isinstance(v429, str):
                                                raise MismatchError
                                        if v427:
                                            raise MismatchError
                        if v393:
                            raise MismatchError
                if v375:
                    raise MismatchError
        if 'scheduling' in v3:
            v3.remove('scheduling')
            v430 = v0['scheduling']
            if not isinstance(v430, (dict, NoneType)):
                raise MismatchError
            v431 = isinstance(v430, dict)
            if v431:
                v432 = set(v430.keys())
                if 'tasks' in v432:
                    v432.remove('tasks')
                    v433 = v430['tasks']
                    if not isinstance(v433, (list, tuple, NoneType)):
                        raise MismatchError
                    v434 = isinstance(v433, list)
                    if v434:
                        v435 = len(v433)
                        for v436, v437 in enumerate(v433):
                            validate____defs_task(v437)
                if v432:
                    raise MismatchError
        if 'thirdPartiesIntegration' in v3:
            v3.remove('thirdPartiesIntegration')
            v438 = v0['thirdPartiesIntegration']
            if not isinstance(v438, (dict, NoneType)):
                raise MismatchError
            v439 = isinstance(v438, dict)
            if v439:
                v440 = set(v438.keys())
                if 'ecs' in v440:
                    v440.remove('ecs')
                    v441 = v438['ecs']
                    if not isinstance(v441, (dict, NoneType)):
                        raise MismatchError
                    v442 = isinstance(v441, dict)
                    if v442:
                        v443 = set(v441.keys())
                        if 'clusterName' in v443:
                            v443.remove('clusterName')
                            v444 = v441['clusterName']
                            if not isinstance(v444, (str, NoneType)):
                                raise MismatchError
                        if 'autoScale' in v443:
                            v443.remove('autoScale')
                            v445 = v441['autoScale']
                            validate____defs_autoscale(v445)
                            v446 = isinstance(v445, dict)
                            if v446:
                                v447 = set(['isEnabled']) - v445.keys()
                                if v447:
                                    raise MismatchError
                                v448 = set(v445.keys())
                                if 'isEnabled' in v448:
                                    v448.remove('isEnabled')
                                    v449 = v445['isEnabled']
                                    if not isinstance(v449, bool):
                                        raise MismatchError
                        if 'batch' in v443:
                            v443.remove('batch')
                            v450 = v441['batch']
                            if not isinstance(v450, (dict, NoneType)):
                                raise MismatchError
                            v451 = isinstance(v450, dict)
                            if v451:
                                v452 = set(v450.keys())
                                if 'jobQueueNames' in v452:
                                    v452.remove('jobQueueNames')
                                    v453 = v450['jobQueueNames']
                                    if not isinstance(v453, (list, tuple, NoneType)):
                                        raise MismatchError
                                    v454 = isinstance(v453, list)
                                    if v454:
                                        v455 = len(v453)
                                        for v456, v457 in enumerate(v453):
                                            if not isinstance(v457, str):
                                                raise MismatchError
                                            if isinstance(v457, str):
                                                v458 = len(v457)
                                                if v458 < 1:
                                                    raise MismatchError
                                if v452:
                                    raise MismatchError
                        if 'optimizeImages' in v443:
                            v443.remove('optimizeImages')
                            v459 = v441['optimizeImages']
                            if not isinstance(v459, (dict, NoneType)):
                                raise MismatchError
                            v460 = isinstance(v459, dict)
                            if v460:
                                v461 = set(v459.keys())
                                if 'shouldOptimizeEcsAmi' in v461:
                                    v461.remove('shouldOptimizeEcsAmi')
                                    v462 = v459['shouldOptimizeEcsAmi']
                                    if not isinstance(v462, (bool, NoneType)):
                                        raise MismatchError
                                if 'performAt' in v461:
                                    v461.remove('performAt')
                                    v463 = v459['performAt']
                                    if not (isinstance(v463, str) and v463 == 'never' or (isinstance(v463, str) and v463 == 'always') or (isinstance(v463, str) and v463 == 'timeWindow') or (v463 is None)):
                                        raise MismatchError
                                if 'timeWindows' in v461:
                                    v461.remove('timeWindows')
                                    v464 = v459['timeWindows']
                                    if not isinstance(v464, (list, tuple, NoneType)):
                                        raise MismatchError
                                    v465 = isinstance(v464, list)
                                    if v465:
                                        v466 = len(v464)
                                        for v467, v468 in enumerate(v464):
                                            if not isinstance(v468, str):
                                                raise MismatchError
                                            if isinstance(v468, str):
                                                if not REGEX_PATTERNS['^(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01][0-9]|2[0-3]):[0-5][0-9]-(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01][0-9]|2[0-3]):[0-5][0-9]$'].search(v468):
                                                    raise MismatchError
                                if v461:
                                    raise MismatchError
                        if v443:
                            raise MismatchError
                if 'kubernetes' in v440:
                    v440.remove('kubernetes')
                    v469 = v438['kubernetes']
                    if not isinstance(v469, (dict, NoneType)):
                        raise MismatchError
                    v470 = isinstance(v469, dict)
                    if v470:
                        v471 = set(v469.keys())
                        if 'integrationMode' in v471:
                            v471.remove('integrationMode')
                            v472 = v469['integrationMode']
                            if not isinstance(v472, (str, NoneType)):
                                raise MismatchError
                        if 'clusterIdentifier' in v471:
                            v471.remove('clusterIdentifier')
                            v473 = v469['clusterIdentifier']
                            if not isinstance(v473, (str, NoneType)):
                                raise MismatchError
                        if 'apiServer' in v471:
                            v471.remove('apiServer')
                            v474 = v469['apiServer']
                            if not isinstance(v474, (str, NoneType)):
                                raise MismatchError
                        if 'token' in v471:
                            v471.remove('token')
                            v475 = v469['token']
                            if not isinstance(v475, (str, NoneType)):
                                raise MismatchError
                        if 'autoScale' in v471:
                            v471.remove('autoScale')
                            v476 = v469['autoScale']
                            validate____defs_autoscale(v476)
                        if v471:
                            raise MismatchError
                if 'nomad' in v440:
                    v440.remove('nomad')
                    v477 = v438['nomad']
                    if not isinstance(v477, (dict, NoneType)):
                        raise MismatchError
                    v478 = isinstance(v477, dict)
                    if v478:
                        v479 = set(v477.keys())
                        if 'masterHost' in v479:
                            v479.remove('masterHost')
                            v480 = v477['masterHost']
                            if not isinstance(v480, (str, NoneType)):
                                raise MismatchError
                        if 'masterPort' in v479:
                            v479.remove('masterPort')
                            v481 = v477['masterPort']
                            if not isinstance(v481, (int, NoneType)) and (not (isinstance(v481, float) and v481.is_integer())) or isinstance(v481, bool):
                                raise MismatchError
                        if 'aclToken' in v479:
                            v479.remove('aclToken')
                            v482 = v477['aclToken']
                            if not isinstance(v482, (str, NoneType)):
                                raise MismatchError
                        if 'autoScale' in v479:
                            v479.remove('autoScale')
                            v483 = v477['autoScale']
                            validate____defs_autoscale(v483)
                        if 'tlsConfig' in v479:
                            v479.remove('tlsConfig')
                            v484 = v477['tlsConfig']
                            if not isinstance(v484, (dict, NoneType)):
                                raise MismatchError
                            v485 = isinstance(v484, dict)
                            if v485:
                                v486 = set(v484.keys())
                                if 'tlsEnabled' in v486:
                                    v486.remove('tlsEnabled')
                                    v487 = v484['tlsEnabled']
                                    if not isinstance(v487, (bool, NoneType)):
                                        raise MismatchError
                                if 'privateKey' in v486:
                                    v486.remove('privateKey')
                                    v488 = v484['privateKey']
                                    if not isinstance(v488, (str, NoneType)):
                                        raise MismatchError
                                if 'certificate' in v486:
                                    v486.remove('certificate')
                                    v489 = v484['certificate']
                                    if not isinstance(v489, (str, NoneType)):
                                        raise MismatchError
                                if v486:
                                    raise MismatchError
                        if v479:
                            raise MismatchError
                if 'dockerSwarm' in v440:
                    v440.remove('dockerSwarm')
                    v490 = v438['dockerSwarm']
                    if not isinstance(v490, (dict, NoneType)):
                        raise MismatchError
                    v491 = isinstance(v490, dict)
                    if v491:
                        v492 = set(v490.keys())
                        if 'masterHost' in v492:
                            v492.remove('masterHost')
                            v493 = v490['masterHost']
                            if not isinstance(v493, (str, NoneType)):
                                raise MismatchError
                        if 'masterPort' in v492:
                            v492.remove('masterPort')
                            v494 = v490['masterPort']
                            if not isinstance(v494, (int, NoneType)) and (not (isinstance(v494, float) and v494.is_integer())) or isinstance(v494, bool):
                                raise MismatchError
                        if 'autoScale' in v492:
                            v492.remove('autoScale')
                            v495 = v490['autoScale']
                            validate____defs_autoscale(v495)
                        if 'tlsConfig' in v492:
                            v492.remove('tlsConfig')
                            v496 = v490['tlsConfig']
                            if not isinstance(v496, (dict, NoneType)):
                                raise MismatchError
                            v497 = isinstance(v496, dict)
                            if v497:
                                v498 = set(v496.keys())
                                if 'tlsEnabled' in v498:
                                    v498.remove('tlsEnabled')
                                    v499 = v496['tlsEnabled']
                                    if not isinstance(v499, (bool, NoneType)):
                                        raise MismatchError
                                if 'privateKey' in v498:
                                    v498.remove('privateKey')
                                    v500 = v496['privateKey']
                                    if not isinstance(v500, (str, NoneType)):
                                        raise MismatchError
                                if 'certificate' in v498:
                                    v498.remove('certificate')
                                    v501 = v496['certificate']
                                    if not isinstance(v501, (str, NoneType)):
                                        raise MismatchError
                                if v498:
                                    raise MismatchError
                        if v492:
                            raise MismatchError
                if 'rancher' in v440:
                    v440.remove('rancher')
                    v502 = v438['rancher']
                    if not isinstance(v502, (dict, NoneType)):
                        raise MismatchError
                    v503 = isinstance(v502, dict)
                    if v503:
                        v504 = set(v502.keys())
                        if 'masterHost' in v504:
                            v504.remove('masterHost')
                            v505 = v502['masterHost']
                            if not isinstance(v505, (str, NoneType)):
                                raise MismatchError
                        if 'accessKey' in v504:
                            v504.remove('accessKey')
                            v506 = v502['accessKey']
                            if not isinstance(v506, (str, NoneType)):
                                raise MismatchError
                        if 'secretKey' in v504:
                            v504.remove('secretKey')
                            v507 = v502['secretKey']
                            if not isinstance(v507, (str, NoneType)):
                                raise MismatchError
                        if 'version' in v504:
                            v504.remove('version')
                            v508 = v502['version']
                            if not isinstance(v508, (str, NoneType)):
                                raise MismatchError
                        if v504:
                            raise MismatchError
                if 'opsWorks' in v440:
                    v440.remove('opsWorks')
                    v509 = v438['opsWorks']
                    if not isinstance(v509, (dict, NoneType)):
                        raise MismatchError
                    v510 = isinstance(v509, dict)
                    if v510:
                        v511 = set(v509.keys())
                        if 'layerId' in v511:
                            v511.remove('layerId')
                            v512 = v509['layerId']
                            if not isinstance(v512, (str, NoneType)):
                                raise MismatchError
                        if 'stackType' in v511:
                            v511.remove('stackType')
                            v513 = v509['stackType']
                            if not isinstance(v513, (str, NoneType)):
                                raise MismatchError
                        if v511:
                            raise MismatchError
                if 'codeDeploy' in v440:
                    v440.remove('codeDeploy')
                    v514 = v438['codeDeploy']
                    if not isinstance(v514, (dict, NoneType)):
                        raise MismatchError
                    v515 = isinstance(v514, dict)
                    if v515:
                        v516 = set(v514.keys())
                        if 'cleanUpOnFailure' in v516:
                            v516.remove('cleanUpOnFailure')
                            v517 = v514['cleanUpOnFailure']
                            if not isinstance(v517, (bool, NoneType)):
                                raise MismatchError
                        if 'terminateInstanceOnFailure' in v516:
                            v516.remove('terminateInstanceOnFailure')
                            v518 = v514['terminateInstanceOnFailure']
                            if not isinstance(v518, (bool, NoneType)):
                                raise MismatchError
                        if 'deploymentGroups' in v516:
                            v516.remove('deploymentGroups')
                            v519 = v514['deploymentGroups']
                            if not isinstance(v519, (list, tuple, NoneType)):
                                raise MismatchError
                            v520 = isinstance(v519, list)
                            if v520:
                                v521 = len(v519)
                                for v522, v523 in enumerate(v519):
                                    if not isinstance(v523, dict):
                                        raise MismatchError
                                    v524 = isinstance(v523, dict)
                                    if v524:
                                        v525 = set(v523.keys())
                                        if 'applicationName' in v525:
                                            v525.remove('applicationName')
                                            v526 = v523['applicationName']
                                            if not isinstance(v526, (str, NoneType)):
                                                raise MismatchError
                                        if 'deploymentGroupName' in v525:
                                            v525.remove('deploymentGroupName')
                                            v527 = v523['deploymentGroupName']
                                            if not isinstance(v527, (str, NoneType)):
                                                raise MismatchError
                                        if v525:
                                            raise MismatchError
                        if v516:
                            raise MismatchError
                if 'route53' in v440:
                    v440.remove('route53')
                    v528 = v438['route53']
                    if not isinstance(v528, (dict, NoneType)):
                        raise MismatchError
                    v529 = isinstance(v528, dict)
                    if v529:
                        v530 = set(v528.keys())
                        if 'domains' in v530:
                            v530.remove('domains')
                            v531 = v528['domains']
                            if not isinstance(v531, (list, tuple, NoneType)):
                                raise MismatchError
                            v532 = isinstance(v531, list)
                            if v532:
                                v533 = len(v531)
                                for v534, v535 in enumerate(v531):
                                    if not isinstance(v535, dict):
                                        raise MismatchError
                                    v536 = isinstance(v535, dict)
                                    if v536:
                                        v537 = set(v535.keys())
                                        if 'hostedZoneId' in v537:
                                            v537.remove('hostedZoneId')
                                            v538 = v535['hostedZoneId']
                                            if not isinstance(v538, (str, NoneType)):
                                                raise MismatchError
                                        if 'spotinstAccountId' in v537:
                                            v537.remove('spotinstAccountId')
                                            v539 = v535['spotinstAccountId']
                                            if not isinstance(v539, (str, NoneType)):
                                                raise MismatchError
                                        if 'recordSetType' in v537:
                                            v537.remove('recordSetType')
                                            v540 = v535['recordSetType']
                                            if not (isinstance(v540, str) and v540 == 'a' or (isinstance(v540, str) and v540 == 'cname') or v540 is None):
                                                raise MismatchError
                                        if 'recordSets' in v537:
                                            v537.remove('recordSets')
                                            v541 = v535['recordSets']
                                            if not isinstance(v541, (list, tuple, NoneType)):
                                                raise MismatchError
                                            v542 = isinstance(v541, list)
                                            if v542:
                                                v543 = len(v541)
                                                for v544, v545 in enumerate(v541):
                                                    if not isinstance(v545, dict):
                                                        raise MismatchError
                                                    v546 = isinstance(v545, dict)
                                                    if v546:
                                                        v547 = set(v545.keys())
                                                        if 'name' in v547:
                                                            v547.remove('name')
                                                            v548 = v545['name']
                                                            if not isinstance(v548, (str, NoneType)):
                                                                raise MismatchError
                                                        if 'usePublicIp' in v547:
                                                            v547.remove('usePublicIp')
                                                            v549 = v545['usePublicIp']
                                                            if not isinstance(v549, (bool, NoneType)):
                                                                raise MismatchError
                                                        if 'usePublicDns' in v547:
                                                            v547.remove('usePublicDns')
                                                            v550 = v545['usePublicDns']
                                                            if not isinstance(v550, (bool, NoneType)):
                                                                raise MismatchError
                                                        if v547:
                                                            raise MismatchError
                                        if v537:
                                            raise MismatchError
                        if v530:
                            raise MismatchError
                if 'elasticBeanstalk' in v440:
                    v440.remove('elasticBeanstalk')
                    v551 = v438['elasticBeanstalk']
                    if not isinstance(v551, (dict, NoneType)):
                        raise MismatchError
                    v552 = isinstance(v551, dict)
                    if v552:
                        v553 = set(v551.keys())
                        if 'environmentId' in v553:
                            v553.remove('environmentId')
                            v554 = v551['environmentId']
                            if not isinstance(v554, (str, NoneType)):
                                raise MismatchError
                        if 'deploymentPreferences' in v553:
                            v553.remove('deploymentPreferences')
                            v555 = v551['deploymentPreferences']
                            if not isinstance(v555, (dict, NoneType)):
                                raise MismatchError
                            v556 = isinstance(v555, dict)
                            if v556:
                                v557 = set(v555.keys())
                                if 'automaticRoll' in v557:
                                    v557.remove('automaticRoll')
                                    v558 = v555['automaticRoll']
                                    if not isinstance(v558, (bool, NoneType)):
                                        raise MismatchError
                                if 'batchSizePercentage' in v557:
                                    v557.remove('batchSizePercentage')
                                    v559 = v555['batchSizePercentage']
                                    if not isinstance(v559, (int, NoneType)) and (not (isinstance(v559, float) and v559.is_integer())) or isinstance(v559, bool):
                                        raise MismatchError
                                    if isinstance(v559, (int, float)) and (not isinstance(v559, bool)):
                                        if v559 < 1:
                                            raise MismatchError
                                        if v559 > 100:
                                            raise MismatchError
                                if 'gracePeriod' in v557:
                                    v557.remove('gracePeriod')
                                    v560 = v555['gracePeriod']
                                    if not isinstance(v560, (int, NoneType)) and (not (isinstance(v560, float) and v560.is_integer())) or isinstance(v560, bool):
                                        raise MismatchError
                                    if isinstance(v560, (int, float)) and (not isinstance(v560, bool)):
                                        if v560 < 0:
                                            raise MismatchError
                                if 'strategy' in v557:
                                    v557.remove('strategy')
                                    v561 = v555['strategy']
                                    if not isinstance(v561, (dict, NoneType)):
                                        raise MismatchError
                                    v562 = isinstance(v561, dict)
                                    if v562:
                                        v563 = set(v561.keys())
                                        if 'action' in v563:
                                            v563.remove('action')
                                            v564 = v561['action']
                                            if not isinstance(v564, (str, NoneType)):
                                                raise MismatchError
                                        if 'shouldDrainInstances' in v563:
                                            v563.remove('shouldDrainInstances')
                                            v565 = v561['shouldDrainInstances']
                                            if not isinstance(v565, (bool, NoneType)):
                                                raise MismatchError
                                        if v563:
                                            raise MismatchError
                                if v557:
                                    raise MismatchError
                        if 'managedActions' in v553:
                            v553.remove('managedActions')
                            v566 = v551['managedActions']
                            if not isinstance(v566, (dict, NoneType)):
                                raise MismatchError
                            v567 = isinstance(v566, dict)
                            if v567:
                                v568 = set(v566.keys())
                                if 'platformUpdate' in v568:
                                    v568.remove('platformUpdate')
                                    v569 = v566['platformUpdate']
                                    if not isinstance(v569, (dict, NoneType)):
                                        raise MismatchError
                                    v570 = isinstance(v569, dict)
                                    if v570:
                                        v571 = set(v569.keys())
                                        if 'performAt' in v571:
                                            v571.remove('performAt')
                                            v572 = v569['performAt']
                                            if not isinstance(v572, (str, NoneType)):
                                                raise MismatchError
                                        if 'timeWindow' in v571:
                                            v571.remove('timeWindow')
                                            v573 = v569['timeWindow']
                                            if not isinstance(v573, (str, NoneType)):
                                                raise MismatchError
                                        if 'updateLevel' in v571:
                                            v571.remove('updateLevel')
                                            v574 = v569['updateLevel']
                                            if not isinstance(v574, (str, NoneType)):
                                                raise MismatchError
                                        if 'instanceRefreshEnabled' in v571:
                                            v571.remove('instanceRefreshEnabled')
                                            v575 = v569['instanceRefreshEnabled']
                                            if not isinstance(v575, (bool, NoneType)):
                                                raise MismatchError
                                        if v571:
                                            raise MismatchError
                                if v568:
                                    raise MismatchError
                        if v553:
                            raise MismatchError
                if 'jenkins' in v440:
                    v440.remove('jenkins')
                    v576 = v438['jenkins']
                    if not isinstance(v576, (dict, NoneType)):
                        raise MismatchError
                    v577 = isinstance(v576, dict)
                    if v577:
                        v578 = set(v576.keys())
                        if 'connectionMethod' in v578:
                            v578.remove('connectionMethod')
                            v579 = v576['connectionMethod']
                            if not isinstance(v579, (dict, NoneType)):
                                raise MismatchError
                            v580 = isinstance(v579, dict)
                            if v580:
                                v581 = set(v579.keys())
                                if 'jnlp' in v581:
                                    v581.remove('jnlp')
                                    v582 = v579['jnlp']
                                    if not isinstance(v582, (dict, NoneType)):
                                        raise MismatchError
                                    v583 = isinstance(v582, dict)
                                    if v583:
                                        v584 = set(v582.keys())
                                        if 'masterIP' in v584:
                                            v584.remove('masterIP')
                                            v585 = v582['masterIP']
                                            if not isinstance(v585, (str, NoneType)):
                                                raise MismatchError
                                        if 'masterPort' in v584:
                                            v584.remove('masterPort')
                                            v586 = v582['masterPort']
                                            if not isinstance(v586, (str, NoneType)):
                                                raise MismatchError
                                        if 'password' in v584:
                                            v584.remove('password')
                                            v587 = v582['password']
                                            if not isinstance(v587, (str, NoneType)):
                                                raise MismatchError
                                        if 'userName' in v584:
                                            v584.remove('userName')
                                            v588 = v582['userName']
                                            if not isinstance(v588, (str, NoneType)):
                                                raise MismatchError
                                        if 'token' in v584:
                                            v584.remove('token')
                                            v589 = v582['token']
                                            if not isinstance(v589, (str, NoneType)):
                                                raise MismatchError
                                        if v584:
                                            raise MismatchError
                                if 'ssh' in v581:
                                    v581.remove('ssh')
                                    v590 = v579['ssh']
                                    if not isinstance(v590, (dict, NoneType)):
                                        raise MismatchError
                                    v591 = isinstance(v590, dict)
                                    if v591:
                                        v592 = set(v590.keys())
                                        if 'sshPublicKey' in v592:
                                            v592.remove('sshPublicKey')
                                            v593 = v590['sshPublicKey']
                                            if not isinstance(v593, (str, NoneType)):
                                                raise MismatchError
                                        if v592:
                                            raise MismatchError
                                if 'manuallyConnection' in v581:
                                    v581.remove('manuallyConnection')
                                    v594 = v579['manuallyConnection']
                                    if not isinstance(v594, (bool, NoneType)):
                                        raise MismatchError
                                if v581:
                                    raise MismatchError
                        if v578:
                            raise MismatchError
                if 'gitlab' in v440:
                    v440.remove('gitlab')
                    v595 = v438['gitlab']
                    if not isinstance(v595, (dict, NoneType)):
                        raise MismatchError
                    v596 = isinstance(v595, dict)
                    if v596:
                        v597 = set(v595.keys())
                        if 'runner' in v597:
                            v597.remove('runner')
                            v598 = v595['runner']
                            if not isinstance(v598, (dict, NoneType)):
                                raise MismatchError
                            v599 = isinstance(v598, dict)
                            if v599:
                                v600 = set(v598.keys())
                                if 'isEnabled' in v600:
                                    v600.remove('isEnabled')
                                    v601 = v598['isEnabled']
                                    if not isinstance(v601, (bool, NoneType)):
                                        raise MismatchError
                                if v600:
                                    raise MismatchError
                        if v597:
                            raise MismatchError
                if 'chef' in v440:
                    v440.remove('chef')
                    v602 = v438['chef']
                    if not isinstance(v602, (dict, NoneType)):
                        raise MismatchError
                    v603 = isinstance(v602, dict)
                    if v603:
                        v604 = set(v602.keys())
                        if 'chefServer' in v604:
                            v604.remove('chefServer')
                            v605 = v602['chefServer']
                            if not isinstance(v605, (str, NoneType)):
                                raise MismatchError
                        if 'organization' in v604:
                            v604.remove('organization')
                            v606 = v602['organization']
                            if not isinstance(v606, (str, NoneType)):
                                raise MismatchError
                        if 'user' in v604:
                            v604.remove('user')
                            v607 = v602['user']
                            if not isinstance(v607, (str, NoneType)):
                                raise MismatchError
                        if 'pemKey' in v604:
                            v604.remove('pemKey')
                            v608 = v602['pemKey']
                            if not isinstance(v608, (str, NoneType)):
                                raise MismatchError
                        if 'chefVersion' in v604:
                            v604.remove('chefVersion')
                            v609 = v602['chefVersion']
                            if not isinstance(v609, (str, NoneType)):
                                raise MismatchError
                        if v604:
                            raise MismatchError
                if 'mesosphere' in v440:
                    v440.remove('mesosphere')
                    v610 = v438['mesosphere']
                    if not isinstance(v610, (dict, NoneType)):
                        raise MismatchError
                    v611 = isinstance(v610, dict)
                    if v611:
                        v612 = set(v610.keys())
                        if 'apiServer' in v612:
                            v612.remove('apiServer')
                            v613 = v610['apiServer']
                            if not isinstance(v613, (str, NoneType)):
                                raise MismatchError
                        if v612:
                            raise MismatchError
                if 'rightScale' in v440:
                    v440.remove('rightScale')
                    v614 = v438['rightScale']
                    if not isinstance(v614, (dict, NoneType)):
                        raise MismatchError
                if 'mlbRuntime' in v440:
                    v440.remove('mlbRuntime')
                    v615 = v438['mlbRuntime']
                    if not isinstance(v615, (dict, NoneType)):
                        raise MismatchError
                if v440:
                    raise MismatchError
        if 'logging' in v3:
            v3.remove('logging')
            v616 = v0['logging']
            if not isinstance(v616, (dict, NoneType)):
                raise MismatchError
            v617 = isinstance(v616, dict)
            if v617:
                v618 = set(v616.keys())
                if 'export' in v618:
                    v618.remove('export')
                    v619 = v616['export']
                    if not isinstance(v619, (dict, NoneType)):
                        raise MismatchError
                    v620 = isinstance(v619, dict)
                    if v620:
                        v621 = set(v619.keys())
                        if 's3' in v621:
                            v621.remove('s3')
                            v622 = v619['s3']
                            if not isinstance(v622, (dict, NoneType)):
                                raise MismatchError
                            v623 = isinstance(v622, dict)
                            if v623:
                                v624 = set(['id']) - v622.keys()
                                if v624:
                                    raise MismatchError
                                v625 = set(v622.keys())
                                if 'id' in v625:
                                    v625.remove('id')
                                    v626 = v622['id']
                                    if not isinstance(v626, str):
                                        raise MismatchError
                                if v625:
                                    raise MismatchError
                        if v621:
                            raise MismatchError
                if v618:
                    raise MismatchError
        if 'multai' in v3:
            v3.remove('multai')
            v627 = v0['multai']
        if 'id' in v3:
            v3.remove('id')
            v628 = v0['id']
            if not isinstance(v628, (str, NoneType)):
                raise MismatchError
        if 'createdAt' in v3:
            v3.remove('createdAt')
            v629 = v0['createdAt']
            if not isinstance(v629, (str, NoneType)):
                raise MismatchError
        if 'updatedAt' in v3:
            v3.remove('updatedAt')
            v630 = v0['updatedAt']
            if not isinstance(v630, (str, NoneType)):
                raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_autoscale(v0):
    if not isinstance(v0, (dict, NoneType)):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(v0.keys())
        if 'isEnabled' in v2:
            v2.remove('isEnabled')
            v3 = v0['isEnabled']
            if not isinstance(v3, (bool, NoneType)):
                raise MismatchError
        if 'isAutoConfig' in v2:
            v2.remove('isAutoConfig')
            v4 = v0['isAutoConfig']
            if not isinstance(v4, (bool, NoneType)):
                raise MismatchError
        if 'cooldown' in v2:
            v2.remove('cooldown')
            v5 = v0['cooldown']
            if not isinstance(v5, (int, NoneType)) and (not (isinstance(v5, float) and v5.is_integer())) or isinstance(v5, bool):
                raise MismatchError
            if isinstance(v5, (int, float)) and (not isinstance(v5, bool)):
                if v5 < 0:
                    raise MismatchError
        if 'down' in v2:
            v2.remove('down')
            v6 = v0['down']
            if not isinstance(v6, (dict, NoneType)):
                raise MismatchError
            v7 = isinstance(v6, dict)
            if v7:
                v8 = set(v6.keys())
                if 'evaluationPeriods' in v8:
                    v8.remove('evaluationPeriods')
                    v9 = v6['evaluationPeriods']
                    if not isinstance(v9, (int, NoneType)) and (not (isinstance(v9, float) and v9.is_integer())) or isinstance(v9, bool):
                        raise MismatchError
                    if isinstance(v9, (int, float)) and (not isinstance(v9, bool)):
                        if v9 < 1:
                            raise MismatchError
                if 'maxScaleDownPercentage' in v8:
                    v8.remove('maxScaleDownPercentage')
                    v10 = v6['maxScaleDownPercentage']
                    if not isinstance(v10, (int, float, NoneType)) or isinstance(v10, bool):
                        raise MismatchError
                    if isinstance(v10, (int, float)) and (not isinstance(v10, bool)):
                        if v10 < 1:
                            raise MismatchError
                        if v10 > 100:
                            raise MismatchError
                if 'headroom' in v8:
                    v8.remove('headroom')
                    v11 = v6['headroom']
                    validate____defs_headroom(v11)
                if v8:
                    raise MismatchError
        if 'headroom' in v2:
            v2.remove('headroom')
            v12 = v0['headroom']
            validate____defs_headroom(v12)
        if 'labels' in v2:
            v2.remove('labels')
            v13 = v0['labels']
            if not isinstance(v13, (list, tuple, NoneType)):
                raise MismatchError
            v14 = isinstance(v13, list)
            if v14:
                v15 = len(v13)
                for v16, v17 in enumerate(v13):
                    if not isinstance(v17, dict):
                        raise MismatchError
                    v18 = isinstance(v17, dict)
                    if v18:
                        v19 = set(v17.keys())
                        if 'key' in v19:
                            v19.remove('key')
                            v20 = v17['key']
                            if not isinstance(v20, (str, NoneType)):
                                raise MismatchError
                        if 'value' in v19:
                            v19.remove('value')
                            v21 = v17['value']
                            if not isinstance(v21, (str, NoneType)):
                                raise MismatchError
                        if v19:
                            raise MismatchError
        if 'constraints' in v2:
            v2.remove('constraints')
            v22 = v0['constraints']
            if not isinstance(v22, (list, tuple, NoneType)):
                raise MismatchError
            v23 = isinstance(v22, list)
            if v23:
                v24 = len(v22)
                for v25, v26 in enumerate(v22):
                    if not isinstance(v26, dict):
                        raise MismatchError
                    v27 = isinstance(v26, dict)
                    if v27:
                        v28 = set(v26.keys())
                        if 'key' in v28:
                            v28.remove('key')
                            v29 = v26['key']
                            if not isinstance(v29, (str, NoneType)):
                                raise MismatchError
                        if 'value' in v28:
                            v28.remove('value')
                            v30 = v26['value']
                            if not isinstance(v30, (str, NoneType)):
                                raise MismatchError
                        if v28:
                            raise MismatchError
        if 'attributes' in v2:
            v2.remove('attributes')
            v31 = v0['attributes']
            v32 = 0
            if not v32:
                try:
                    if not isinstance(v31, NoneType):
                        raise MismatchError
                    v32 += 1
                except MismatchError:
                    pass
            if not v32:
                try:
                    if not isinstance(v31, dict):
                        raise MismatchError
                    v33 = isinstance(v31, dict)
                    if v33:
                        v34 = set(v31.keys())
                        if 'key' in v34:
                            v34.remove('key')
                            v35 = v31['key']
                            if not isinstance(v35, (str, NoneType)):
                                raise MismatchError
                        if 'value' in v34:
                            v34.remove('value')
                            v36 = v31['value']
                            if not isinstance(v36, (str, NoneType)):
                                raise MismatchError
                        if v34:
                            raise MismatchError
                    v32 += 1
                except MismatchError:
                    pass
            if not v32:
                try:
                    if not isinstance(v31, list):
                        raise MismatchError
                    v37 = isinstance(v31, list)
                    if v37:
                        v38 = len(v31)
                        for v39, v40 in enumerate(v31):
                            if not isinstance(v40, dict):
                                raise MismatchError
                            v41 = isinstance(v40, dict)
                            if v41:
                                v42 = set(v40.keys())
                                if 'key' in v42:
                                    v42.remove('key')
                                    v43 = v40['key']
                                    if not isinstance(v43, (str, NoneType)):
                                        raise MismatchError
                                if 'value' in v42:
                                    v42.remove('value')
                                    v44 = v40['value']
                                    if not isinstance(v44, (str, NoneType)):
                                        raise MismatchError
                                if v42:
                                    raise MismatchError
                    v32 += 1
                except MismatchError:
                    pass
            if not v32:
                raise MismatchError
        if 'resourceLimits' in v2:
            v2.remove('resourceLimits')
            v45 = v0['resourceLimits']
            if not isinstance(v45, (dict, NoneType)):
                raise MismatchError
            v46 = isinstance(v45, dict)
            if v46:
                v47 = set(v45.keys())
                if 'maxMemoryGib' in v47:
                    v47.remove('maxMemoryGib')
                    v48 = v45['maxMemoryGib']
                    if not isinstance(v48, (int, NoneType)) and (not (isinstance(v48, float) and v48.is_integer())) or isinstance(v48, bool):
                        raise MismatchError
                    if isinstance(v48, (int, float)) and (not isinstance(v48, bool)):
                        if v48 < 0:
                            raise MismatchError
                if 'maxVcpu' in v47:
                    v47.remove('maxVcpu')
                    v49 = v45['maxVcpu']
                    if not isinstance(v49, (int, NoneType)) and (not (isinstance(v49, float) and v49.is_integer())) or isinstance(v49, bool):
                        raise MismatchError
                    if isinstance(v49, (int, float)) and (not isinstance(v49, bool)):
                        if v49 < 0:
                            raise MismatchError
                if v47:
                    raise MismatchError
        if 'shouldScaleDownNonServiceTasks' in v2:
            v2.remove('shouldScaleDownNonServiceTasks')
            v50 = v0['shouldScaleDownNonServiceTasks']
            if not isinstance(v50, (bool, NoneType)):
                raise MismatchError
        if 'enableAutomaticAndManualHeadroom' in v2:
            v2.remove('enableAutomaticAndManualHeadroom')
            v51 = v0['enableAutomaticAndManualHeadroom']
            if not isinstance(v51, (bool, NoneType)):
                raise MismatchError
        if 'tlsConfig' in v2:
            v2.remove('tlsConfig')
            v52 = v0['tlsConfig']
            if not isinstance(v52, (dict, NoneType)):
                raise MismatchError
            v53 = isinstance(v52, dict)
            if v53:
                v54 = set(v52.keys())
                if 'tlsEnabled' in v54:
                    v54.remove('tlsEnabled')
                    v55 = v52['tlsEnabled']
                    if not isinstance(v55, (bool, NoneType)):
                        raise MismatchError
                if 'privateKey' in v54:
                    v54.remove('privateKey')
                    v56 = v52['privateKey']
                    if not isinstance(v56, (str, NoneType)):
                        raise MismatchError
                if 'certificate' in v54:
                    v54.remove('certificate')
                    v57 = v52['certificate']
                    if not isinstance(v57, (str, NoneType)):
                        raise MismatchError
                if v54:
                    raise MismatchError
        if v2:
            raise MismatchError
    return v0
def validate____defs_headroom(v0):
    if not isinstance(v0, (dict, NoneType)):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(v0.keys())
        if 'cpuPerUnit' in v2:
            v2.remove('cpuPerUnit')
            v3 = v0['cpuPerUnit']
            if not isinstance(v3, (int, NoneType)) and (not (isinstance(v3, float) and v3.is_integer())) or isinstance(v3, bool):
                raise MismatchError
            if isinstance(v3, (int, float)) and (not isinstance(v3, bool)):
                if v3 < 0:
                    raise MismatchError
        if 'memoryPerUnit' in v2:
            v2.remove('memoryPerUnit')
            v4 = v0['memoryPerUnit']
            if not isinstance(v4, (int, NoneType)) and (not (isinstance(v4, float) and v4.is_integer())) or isinstance(v4, bool):
                raise MismatchError
            if isinstance(v4, (int, float)) and (not isinstance(v4, bool)):
                if v4 < 0:
                    raise MismatchError
        if 'gpuPerUnit' in v2:
            v2.remove('gpuPerUnit')
            v5 = v0['gpuPerUnit']
            if not isinstance(v5, (int, NoneType)) and (not (isinstance(v5, float) and v5.is_integer())) or isinstance(v5, bool):
                raise MismatchError
            if isinstance(v5, (int, float)) and (not isinstance(v5, bool)):
                if v5 < 0:
                    raise MismatchError
        if 'numOfUnits' in v2:
            v2.remove('numOfUnits')
            v6 = v0['numOfUnits']
            if not isinstance(v6, (int, NoneType)) and (not (isinstance(v6, float) and v6.is_integer())) or isinstance(v6, bool):
                raise MismatchError
            if isinstance(v6, (int, float)) and (not isinstance(v6, bool)):
                if v6 < 0:
                    raise MismatchError
        if v2:
            raise MismatchError
    return v0
def validate____defs_task(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['frequency', 'cronExpression']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'frequency' in v3:
                v3.remove('frequency')
                v4 = v0['frequency']
                try:
                    if not isinstance(v4, NoneType):
                        raise MismatchError
                except MismatchError:
                    pass
                else:
                    raise MismatchError
            if 'cronExpression' in v3:
                v3.remove('cronExpression')
                v5 = v0['cronExpression']
                try:
                    if not isinstance(v5, NoneType):
                        raise MismatchError
                except MismatchError:
                    pass
                else:
                    raise MismatchError
    except MismatchError:
        pass
    else:
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v3 = set(v0.keys())
        if 'isEnabled' in v3:
            v3.remove('isEnabled')
            v6 = v0['isEnabled']
            if not isinstance(v6, (bool, NoneType)):
                raise MismatchError
        if 'taskType' in v3:
            v3.remove('taskType')
            v7 = v0['taskType']
            if not (isinstance(v7, str) and v7 == 'backup_ami' or (isinstance(v7, str) and v7 == 'scale') or (isinstance(v7, str) and v7 == 'scaleUp') or (isinstance(v7, str) and v7 == 'percentageScaleUp') or (isinstance(v7, str) and v7 == 'scaleDown') or (isinstance(v7, str) and v7 == 'percentageScaleDown') or (isinstance(v7, str) and v7 == 'roll') or (isinstance(v7, str) and v7 == 'clusterRoll') or (isinstance(v7, str) and v7 == 'statefulUpdateCapacity') or (isinstance(v7, str) and v7 == 'statefulRecycle') or (v7 is None)):
                raise MismatchError
        if 'frequency' in v3:
            v3.remove('frequency')
            v4 = v0['frequency']
            if not (isinstance(v4, str) and v4 == 'hourly' or (isinstance(v4, str) and v4 == 'daily') or (isinstance(v4, str) and v4 == 'weekly') or (isinstance(v4, str) and v4 == 'continuous') or (v4 is None)):
                raise MismatchError
        if 'cronExpression' in v3:
            v3.remove('cronExpression')
            v5 = v0['cronExpression']
            if not isinstance(v5, (str, NoneType)):
                raise MismatchError
        if 'startTime' in v3:
            v3.remove('startTime')
            v8 = v0['startTime']
            if not isinstance(v8, (str, NoneType)):
                raise MismatchError
            if isinstance(v8, str):
                if not REGEX_PATTERNS['^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[-+][0-9]{2}:?[0-9]{2})?$|<\\+'].search(v8):
                    raise MismatchError
        if 'scaleTargetCapacity' in v3:
            v3.remove('scaleTargetCapacity')
            v9 = v0['scaleTargetCapacity']
            if not isinstance(v9, (int, NoneType)) and (not (isinstance(v9, float) and v9.is_integer())) or isinstance(v9, bool):
                raise MismatchError
            if isinstance(v9, (int, float)) and (not isinstance(v9, bool)):
                if v9 < 0:
                    raise MismatchError
        if 'scaleMinCapacity' in v3:
            v3.remove('scaleMinCapacity')
            v10 = v0['scaleMinCapacity']
            if not isinstance(v10, (int, NoneType)) and (not (isinstance(v10, float) and v10.is_integer())) or isinstance(v10, bool):
                raise MismatchError
            if isinstance(v10, (int, float)) and (not isinstance(v10, bool)):
                if v10 < 0:
                    raise MismatchError
        if 'scaleMaxCapacity' in v3:
            v3.remove('scaleMaxCapacity')
            v11 = v0['scaleMaxCapacity']
            if not isinstance(v11, (int, NoneType)) and (not (isinstance(v11, float) and v11.is_integer())) or isinstance(v11, bool):
                raise MismatchError
            if isinstance(v11, (int, float)) and (not isinstance(v11, bool)):
                if v11 < 0:
                    raise MismatchError
        if 'targetCapacity' in v3:
            v3.remove('targetCapacity')
            v12 = v0['targetCapacity']
            if not isinstance(v12, (int, NoneType)) and (not (isinstance(v12, float) and v12.is_integer())) or isinstance(v12, bool):
                raise MismatchError
            if isinstance(v12, (int, float)) and (not isinstance(v12, bool)):
                if v12 < 0:
                    raise MismatchError
        if 'minCapacity' in v3:
            v3.remove('minCapacity')
            v13 = v0['minCapacity']
            if not isinstance(v13, (int, NoneType)) and (not (isinstance(v13, float) and v13.is_integer())) or isinstance(v13, bool):
                raise MismatchError
            if isinstance(v13, (int, float)) and (not isinstance(v13, bool)):
                if v13 < 0:
                    raise MismatchError
        if 'maxCapacity' in v3:
            v3.remove('maxCapacity')
            v14 = v0['maxCapacity']
            if not isinstance(v14, (int, NoneType)) and (not (isinstance(v14, float) and v14.is_integer())) or isinstance(v14, bool):
                raise MismatchError
            if isinstance(v14, (int, float)) and (not isinstance(v14, bool)):
                if v14 < 0:
                    raise MismatchError
        if 'MinCapacity' in v3:
            v3.remove('MinCapacity')
            v15 = v0['MinCapacity']
            if not isinstance(v15, (int, NoneType)) and (not (isinstance(v15, float) and v15.is_integer())) or isinstance(v15, bool):
                raise MismatchError
            if isinstance(v15, (int, float)) and (not isinstance(v15, bool)):
                if v15 < 0:
                    raise MismatchError
        if 'MaxCapacity' in v3:
            v3.remove('MaxCapacity')
            v16 = v0['MaxCapacity']
            if not isinstance(v16, (int, NoneType)) and (not (isinstance(v16, float) and v16.is_integer())) or isinstance(v16, bool):
                raise MismatchError
            if isinstance(v16, (int, float)) and (not isinstance(v16, bool)):
                if v16 < 0:
                    raise MismatchError
        if 'batchSizePercentage' in v3:
            v3.remove('batchSizePercentage')
            v17 = v0['batchSizePercentage']
            if not isinstance(v17, (int, NoneType)) and (not (isinstance(v17, float) and v17.is_integer())) or isinstance(v17, bool):
                raise MismatchError
            if isinstance(v17, (int, float)) and (not isinstance(v17, bool)):
                if v17 < 1:
                    raise MismatchError
                if v17 > 100:
                    raise MismatchError
        if 'gracePeriod' in v3:
            v3.remove('gracePeriod')
            v18 = v0['gracePeriod']
            if not isinstance(v18, (int, NoneType)) and (not (isinstance(v18, float) and v18.is_integer())) or isinstance(v18, bool):
                raise MismatchError
            if isinstance(v18, (int, float)) and (not isinstance(v18, bool)):
                if v18 < 0:
                    raise MismatchError
        if 'adjustment' in v3:
            v3.remove('adjustment')
            v19 = v0['adjustment']
            if not isinstance(v19, (int, NoneType)) and (not (isinstance(v19, float) and v19.is_integer())) or isinstance(v19, bool):
                raise MismatchError
        if 'adjustmentPercentage' in v3:
            v3.remove('adjustmentPercentage')
            v20 = v0['adjustmentPercentage']
            if not isinstance(v20, (int, NoneType)) and (not (isinstance(v20, float) and v20.is_integer())) or isinstance(v20, bool):
                raise MismatchError
        if 'id' in v3:
            v3.remove('id')
            v21 = v0['id']
            if not isinstance(v21, (str, NoneType)):
                raise MismatchError
        if 'groupId' in v3:
            v3.remove('groupId')
            v22 = v0['groupId']
            if not isinstance(v22, (str, NoneType)):
                raise MismatchError
        if 'eventType' in v3:
            v3.remove('eventType')
            v23 = v0['eventType']
            if not isinstance(v23, (str, NoneType)):
                raise MismatchError
        if 'createdAt' in v3:
            v3.remove('createdAt')
            v24 = v0['createdAt']
            if not isinstance(v24, (str, NoneType)):
                raise MismatchError
        if 'subEvents' in v3:
            v3.remove('subEvents')
            v25 = v0['subEvents']
        if v3:
            raise MismatchError
    return v0
def validate____defs_targetpolicy(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['policyName', 'metricName', 'namespace', 'target']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'policyName' in v3:
            v3.remove('policyName')
            v4 = v0['policyName']
            if not isinstance(v4, str):
                raise MismatchError
        if 'source' in v3:
            v3.remove('source')
            v5 = v0['source']
            if not (isinstance(v5, str) and v5 == 'cloudWatch' or v5 is None):
                raise MismatchError
        if 'metricName' in v3:
            v3.remove('metricName')
            v6 = v0['metricName']
            if not isinstance(v6, str):
                raise MismatchError
            if isinstance(v6, str):
                v7 = len(v6)
                if v7 < 1:
                    raise MismatchError
        if 'namespace' in v3:
            v3.remove('namespace')
            v8 = v0['namespace']
            if not isinstance(v8, str):
                raise MismatchError
            if isinstance(v8, str):
                v9 = len(v8)
                if v9 < 1:
                    raise MismatchError
        if 'statistic' in v3:
            v3.remove('statistic')
            v10 = v0['statistic']
            if not (isinstance(v10, str) and v10 == 'average' or (isinstance(v10, str) and v10 == 'sum') or (isinstance(v10, str) and v10 == 'sampleCount') or (isinstance(v10, str) and v10 == 'maximum') or (isinstance(v10, str) and v10 == 'minimum') or (isinstance(v10, str) and v10 == 'percentile') or (v10 is None)):
                raise MismatchError
        if 'extendedStatistic' in v3:
            v3.remove('extendedStatistic')
            v11 = v0['extendedStatistic']
            if not isinstance(v11, (str, NoneType)):
                raise MismatchError
        if 'unit' in v3:
            v3.remove('unit')
            v12 = v0['unit']
            if not (isinstance(v12, str) and v12 == 'seconds' or (isinstance(v12, str) and v12 == 'microseconds') or (isinstance(v12, str) and v12 == 'milliseconds') or (isinstance(v12, str) and v12 == 'bytes') or (isinstance(v12, str) and v12 == 'kilobytes') or (isinstance(v12, str) and v12 == 'megabytes') or (isinstance(v12, str) and v12 == 'gigabytes') or (isinstance(v12, str) and v12 == 'terabytes') or (isinstance(v12, str) and v12 == 'bits') or (isinstance(v12, str) and v12 == 'kilobits') or (isinstance(v12, str) and v12 == 'megabits') or (isinstance(v12, str) and v12 == 'gigabits') or (isinstance(v12, str) and v12 == 'terabits') or (isinstance(v12, str) and v12 == 'percent') or (isinstance(v12, str) and v12 == 'count') or (isinstance(v12, str) and v12 == 'bytes/second') or (isinstance(v12, str) and v12 == 'kilobytes/second') or (isinstance(v12, str) and v12 == 'megabytes/second') or (isinstance(v12, str) and v12 == 'gigabytes/second') or (isinstance(v12, str) and v12 == 'terabytes/second') or (isinstance(v12, str) and v12 == 'bits/second') or (isinstance(v12, str) and v12 == 'kilobits/second') or (isinstance(v12, str) and v12 == 'megabits/second') or (isinstance(v12, str) and v12 == 'gigabits/second') or (isinstance(v12, str) and v12 == 'terabits/second') or (isinstance(v12, str) and v12 == 'count/second') or (isinstance(v12, str) and v12 == 'none') or (v12 is None)):
                raise MismatchError
        if 'dimensions' in v3:
            v3.remove('dimensions')
            v13 = v0['dimensions']
            if not isinstance(v13, (list, tuple, NoneType)):
                raise MismatchError
            v14 = isinstance(v13, list)
            if v14:
                v15 = len(v13)
                for v16, v17 in enumerate(v13):
                    if not isinstance(v17, dict):
                        raise MismatchError
                    v18 = isinstance(v17, dict)
                    if v18:
                        v19 = set(['name']) - v17.keys()
                        if v19:
                            raise MismatchError
                        v20 = set(v17.keys())
                        if 'name' in v20:
                            v20.remove('name')
                            v21 = v17['name']
                            if not isinstance(v21, str):
                                raise MismatchError
                        if 'value' in v20:
                            v20.remove('value')
                            v22 = v17['value']
                            if not isinstance(v22, (str, NoneType)):
                                raise MismatchError
                        if v20:
                            raise MismatchError
        if 'period' in v3:
            v3.remove('period')
            v23 = v0['period']
            if not isinstance(v23, (int, NoneType)) and (not (isinstance(v23, float) and v23.is_integer())) or isinstance(v23, bool):
                raise MismatchError
            if isinstance(v23, (int, float)) and (not isinstance(v23, bool)):
                if v23 < 1:
                    raise MismatchError
        if 'evaluationPeriods' in v3:
            v3.remove('evaluationPeriods')
            v24 = v0['evaluationPeriods']
            if not isinstance(v24, (int, NoneType)) and (not (isinstance(v24, float) and v24.is_integer())) or isinstance(v24, bool):
                raise MismatchError
            if isinstance(v24, (int, float)) and (not isinstance(v24, bool)):
                if v24 < 1:
                    raise MismatchError
        if 'cooldown' in v3:
            v3.remove('cooldown')
            v25 = v0['cooldown']
            if not isinstance(v25, (int, NoneType)) and (not (isinstance(v25, float) and v25.is_integer())) or isinstance(v25, bool):
                raise MismatchError
            if isinstance(v25, (int, float)) and (not isinstance(v25, bool)):
                if v25 < 0:
                    raise MismatchError
        if 'target' in v3:
            v3.remove('target')
            v26 = v0['target']
            if not isinstance(v26, (int, float)) or isinstance(v26, bool):
                raise MismatchError
        if 'maxCapacityPerScale' in v3:
            v3.remove('maxCapacityPerScale')
            v27 = v0['maxCapacityPerScale']
            if not isinstance(v27, (str, NoneType)):
                raise MismatchError
        if 'predictive' in v3:
            v3.remove('predictive')
            v28 = v0['predictive']
            if not isinstance(v28, (dict, NoneType)):
                raise MismatchError
            v29 = isinstance(v28, dict)
            if v29:
                v30 = set(['mode']) - v28.keys()
                if v30:
                    raise MismatchError
                v31 = set(v28.keys())
                if 'mode' in v31:
                    v31.remove('mode')
                    v32 = v28['mode']
                    if not (isinstance(v32, str) and v32 == 'FORECAST_AND_SCALE' or (isinstance(v32, str) and v32 == 'FORECAST_ONLY')):
                        raise MismatchError
                if v31:
                    raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_downpolicy(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = 0
    if not v1:
        try:
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(['threshold']) - v0.keys()
                if v3:
                    raise MismatchError
                v4 = set(v0.keys())
                if 'threshold' in v4:
                    v4.remove('threshold')
                    v5 = v0['threshold']
                    try:
                        if not isinstance(v5, NoneType):
                            raise MismatchError
                    except MismatchError:
                        pass
                    else:
                        raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(['stepAdjustments']) - v0.keys()
                if v3:
                    raise MismatchError
                v4 = set(v0.keys())
                if 'stepAdjustments' in v4:
                    v4.remove('stepAdjustments')
                    v6 = v0['stepAdjustments']
                    try:
                        if not isinstance(v6, NoneType):
                            raise MismatchError
                    except MismatchError:
                        pass
                    else:
                        raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        raise MismatchError
    v2 = isinstance(v0, dict)
    if v2:
        v3 = set(['metricName', 'namespace']) - v0.keys()
        if v3:
            raise MismatchError
        v4 = set(v0.keys())
        if 'policyName' in v4:
            v4.remove('policyName')
            v7 = v0['policyName']
            if not isinstance(v7, (str, NoneType)):
                raise MismatchError
        if 'source' in v4:
            v4.remove('source')
            v8 = v0['source']
            if not (isinstance(v8, str) and v8 == 'cloudWatch' or (isinstance(v8, str) and v8 == 'spectrum') or v8 is None):
                raise MismatchError
        if 'namespace' in v4:
            v4.remove('namespace')
            v9 = v0['namespace']
            if not isinstance(v9, str):
                raise MismatchError
            if isinstance(v9, str):
                v10 = len(v9)
                if v10 < 1:
                    raise MismatchError
        if 'metricName' in v4:
            v4.remove('metricName')
            v11 = v0['metricName']
            if not isinstance(v11, str):
                raise MismatchError
            if isinstance(v11, str):
                v12 = len(v11)
                if v12 < 1:
                    raise MismatchError
        if 'statistic' in v4:
            v4.remove('statistic')
            v13 = v0['statistic']
            if not (isinstance(v13, str) and v13 == 'average' or (isinstance(v13, str) and v13 == 'sum') or (isinstance(v13, str) and v13 == 'sampleCount') or (isinstance(v13, str) and v13 == 'maximum') or (isinstance(v13, str) and v13 == 'minimum') or (isinstance(v13, str) and v13 == 'percentile') or (v13 is None)):
                raise MismatchError
        if 'extendedStatistic' in v4:
            v4.remove('extendedStatistic')
            v14 = v0['extendedStatistic']
            if not isinstance(v14, (str, NoneType)):
                raise MismatchError
        if 'unit' in v4:
            v4.remove('unit')
            v15 = v0['unit']
            if not (isinstance(v15, str) and v15 == 'seconds' or (isinstance(v15, str) and v15 == 'microseconds') or (isinstance(v15, str) and v15 == 'milliseconds') or (isinstance(v15, str) and v15 == 'bytes') or (isinstance(v15, str) and v15 == 'kilobytes') or (isinstance(v15, str) and v15 == 'megabytes') or (isinstance(v15, str) and v15 == 'gigabytes') or (isinstance(v15, str) and v15 == 'terabytes') or (isinstance(v15, str) and v15 == 'bits') or (isinstance(v15, str) and v15 == 'kilobits') or (isinstance(v15, str) and v15 == 'megabits') or (isinstance(v15, str) and v15 == 'gigabits') or (isinstance(v15, str) and v15 == 'terabits') or (isinstance(v15, str) and v15 == 'percent') or (isinstance(v15, str) and v15 == 'count') or (isinstance(v15, str) and v15 == 'bytes/second') or (isinstance(v15, str) and v15 == 'kilobytes/second') or (isinstance(v15, str) and v15 == 'megabytes/second') or (isinstance(v15, str) and v15 == 'gigabytes/second') or (isinstance(v15, str) and v15 == 'terabytes/second') or (isinstance(v15, str) and v15 == 'bits/second') or (isinstance(v15, str) and v15 == 'kilobits/second') or (isinstance(v15, str) and v15 == 'megabits/second') or (isinstance(v15, str) and v15 == 'gigabits/second') or (isinstance(v15, str) and v15 == 'terabits/second') or (isinstance(v15, str) and v15 == 'count/second') or (isinstance(v15, str) and v15 == 'none') or (v15 is None)):
                raise MismatchError
        if 'threshold' in v4:
            v4.remove('threshold')
            v5 = v0['threshold']
            if not isinstance(v5, (int, float, NoneType)) or isinstance(v5, bool):
                raise MismatchError
        if 'adjustment' in v4:
            v4.remove('adjustment')
            v16 = v0['adjustment']
            if not isinstance(v16, (int, NoneType)) and (not (isinstance(v16, float) and v16.is_integer())) or isinstance(v16, bool):
                raise MismatchError
        if 'stepAdjustments' in v4:
            v4.remove('stepAdjustments')
            v6 = v0['stepAdjustments']
            if not isinstance(v6, (list, tuple, NoneType)):
                raise MismatchError
            v17 = isinstance(v6, list)
            if v17:
                v18 = len(v6)
                if v18 < 1:
                    raise MismatchError
                for v19, v20 in enumerate(v6):
                    if not isinstance(v20, dict):
                        raise MismatchError
                    v21 = isinstance(v20, dict)
                    if v21:
                        v22 = set(['threshold']) - v20.keys()
                        if v22:
                            raise MismatchError
                        v23 = set(v20.keys())
                        if 'threshold' in v23:
                            v23.remove('threshold')
                            v24 = v20['threshold']
                            if not isinstance(v24, (int, float)) or isinstance(v24, bool):
                                raise MismatchError
                        if 'action' in v23:
                            v23.remove('action')
                            v25 = v20['action']
                            validate____defs_downaction(v25)
                        if v23:
                            raise MismatchError
        if 'action' in v4:
            v4.remove('action')
            v26 = v0['action']
            validate____defs_downaction(v26)
        if 'minTargetCapacity' in v4:
            v4.remove('minTargetCapacity')
            v27 = v0['minTargetCapacity']
            if not isinstance(v27, (int, NoneType)) and (not (isinstance(v27, float) and v27.is_integer())) or isinstance(v27, bool):
                raise MismatchError
            if isinstance(v27, (int, float)) and (not isinstance(v27, bool)):
                if v27 < 0:
                    raise MismatchError
        if 'maxTargetCapacity' in v4:
            v4.remove('maxTargetCapacity')
            v28 = v0['maxTargetCapacity']
            if not isinstance(v28, (int, NoneType)) and (not (isinstance(v28, float) and v28.is_integer())) or isinstance(v28, bool):
                raise MismatchError
            if isinstance(v28, (int, float)) and (not isinstance(v28, bool)):
                if v28 < 0:
                    raise MismatchError
        if 'minimum' in v4:
            v4.remove('minimum')
            v29 = v0['minimum']
            if not isinstance(v29, (int, NoneType)) and (not (isinstance(v29, float) and v29.is_integer())) or isinstance(v29, bool):
                raise MismatchError
            if isinstance(v29, (int, float)) and (not isinstance(v29, bool)):
                if v29 < 0:
                    raise MismatchError
        if 'maximum' in v4:
            v4.remove('maximum')
            v30 = v0['maximum']
            if not isinstance(v30, (int, NoneType)) and (not (isinstance(v30, float) and v30.is_integer())) or isinstance(v30, bool):
                raise MismatchError
            if isinstance(v30, (int, float)) and (not isinstance(v30, bool)):
                if v30 < 0:
                    raise MismatchError
        if 'target' in v4:
            v4.remove('target')
            v31 = v0['target']
            if not isinstance(v31, (int, NoneType)) and (not (isinstance(v31, float) and v31.is_integer())) or isinstance(v31, bool):
                raise MismatchError
            if isinstance(v31, (int, float)) and (not isinstance(v31, bool)):
                if v31 < 0:
                    raise MismatchError
        if 'dimensions' in v4:
            v4.remove('dimensions')
            v32 = v0['dimensions']
            if not isinstance(v32, (list, tuple, NoneType)):
                raise MismatchError
            v33 = isinstance(v32, list)
            if v33:
                v34 = len(v32)
                for v35, v36 in enumerate(v32):
                    if not isinstance(v36, dict):
                        raise MismatchError
                    v37 = isinstance(v36, dict)
                    if v37:
                        v38 = set(['name']) - v36.keys()
                        if v38:
                            raise MismatchError
                        v39 = set(v36.keys())
                        if 'name' in v39:
                            v39.remove('name')
                            v40 = v36['name']
                            if not isinstance(v40, str):
                                raise MismatchError
                        if 'value' in v39:
                            v39.remove('value')
                            v41 = v36['value']
                            if not isinstance(v41, (str, NoneType)):
                                raise MismatchError
                        if v39:
                            raise MismatchError
        if 'period' in v4:
            v4.remove('period')
            v42 = v0['period']
            if not isinstance(v42, (int, NoneType)) and (not (isinstance(v42, float) and v42.is_integer())) or isinstance(v42, bool):
                raise MismatchError
            if isinstance(v42, (int, float)) and (not isinstance(v42, bool)):
                if v42 < 1:
                    raise MismatchError
        if 'evaluationPeriods' in v4:
            v4.remove('evaluationPeriods')
            v43 = v0['evaluationPeriods']
            if not isinstance(v43, (int, NoneType)) and (not (isinstance(v43, float) and v43.is_integer())) or isinstance(v43, bool):
                raise MismatchError
            if isinstance(v43, (int, float)) and (not isinstance(v43, bool)):
                if v43 < 1:
                    raise MismatchError
        if 'cooldown' in v4:
            v4.remove('cooldown')
            v44 = v0['cooldown']
            if not isinstance(v44, (int, NoneType)) and (not (isinstance(v44, float) and v44.is_integer())) or isinstance(v44, bool):
                raise MismatchError
            if isinstance(v44, (int, float)) and (not isinstance(v44, bool)):
                if v44 < 0:
                    raise MismatchError
        if 'operator' in v4:
            v4.remove('operator')
            v45 = v0['operator']
            if not (isinstance(v45, str) and v45 == 'gt' or (isinstance(v45, str) and v45 == 'gte') or (isinstance(v45, str) and v45 == 'lt') or (isinstance(v45, str) and v45 == 'lte') or (v45 is None)):
                raise MismatchError
        if 'isEnabled' in v4:
            v4.remove('isEnabled')
            v46 = v0['isEnabled']
            if not isinstance(v46, (bool, NoneType)):
                raise MismatchError
        if 'shouldResumeStateful' in v4:
            v4.remove('shouldResumeStateful')
            v47 = v0['shouldResumeStateful']
            if not isinstance(v47, (bool, NoneType)):
                raise MismatchError
        if 'maxCapacityPerScale' in v4:
            v4.remove('maxCapacityPerScale')
            v48 = v0['maxCapacityPerScale']
            if not isinstance(v48, (str, NoneType)):
                raise MismatchError
        if v4:
            raise MismatchError
    return v0
def validate____defs_downaction(v0):
    if not isinstance(v0, (dict, NoneType)):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['type']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'type' in v3:
            v3.remove('type')
            v4 = v0['type']
            if not (isinstance(v4, str) and v4 == 'adjustment' or (isinstance(v4, str) and v4 == 'updateCapacity') or (isinstance(v4, str) and v4 == 'setMaxTarget') or (isinstance(v4, str) and v4 == 'percentageAdjustment') or (isinstance(v4, str) and v4 == 'setMinTarget')):
                raise MismatchError
        if 'adjustment' in v3:
            v3.remove('adjustment')
            v5 = v0['adjustment']
            if not isinstance(v5, (int, str, NoneType)) and (not (isinstance(v5, float) and v5.is_integer())) or isinstance(v5, bool):
                raise MismatchError
            if isinstance(v5, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|^[A-Za-z]+[(].*[)]$|<\\+'].search(v5):
                    raise MismatchError
        if 'minTargetCapacity' in v3:
            v3.remove('minTargetCapacity')
            v6 = v0['minTargetCapacity']
            if not isinstance(v6, (int, str, NoneType)) and (not (isinstance(v6, float) and v6.is_integer())) or isinstance(v6, bool):
                raise MismatchError
            if isinstance(v6, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v6):
                    raise MismatchError
            if isinstance(v6, (int, float)) and (not isinstance(v6, bool)):
                if v6 < 0:
                    raise MismatchError
        if 'maxTargetCapacity' in v3:
            v3.remove('maxTargetCapacity')
            v7 = v0['maxTargetCapacity']
            if not isinstance(v7, (int, str, NoneType)) and (not (isinstance(v7, float) and v7.is_integer())) or isinstance(v7, bool):
                raise MismatchError
            if isinstance(v7, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v7):
                    raise MismatchError
            if isinstance(v7, (int, float)) and (not isinstance(v7, bool)):
                if v7 < 0:
                    raise MismatchError
        if 'target' in v3:
            v3.remove('target')
            v8 = v0['target']
            if not isinstance(v8, (int, str, NoneType)) and (not (isinstance(v8, float) and v8.is_integer())) or isinstance(v8, bool):
                raise MismatchError
            if isinstance(v8, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v8):
                    raise MismatchError
            if isinstance(v8, (int, float)) and (not isinstance(v8, bool)):
                if v8 < 0:
                    raise MismatchError
        if 'minimum' in v3:
            v3.remove('minimum')
            v9 = v0['minimum']
            if not isinstance(v9, (int, str, NoneType)) and (not (isinstance(v9, float) and v9.is_integer())) or isinstance(v9, bool):
                raise MismatchError
            if isinstance(v9, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v9):
                    raise MismatchError
            if isinstance(v9, (int, float)) and (not isinstance(v9, bool)):
                if v9 < 0:
                    raise MismatchError
        if 'maximum' in v3:
            v3.remove('maximum')
            v10 = v0['maximum']
            if not isinstance(v10, (int, str, NoneType)) and (not (isinstance(v10, float) and v10.is_integer())) or isinstance(v10, bool):
                raise MismatchError
            if isinstance(v10, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v10):
                    raise MismatchError
            if isinstance(v10, (int, float)) and (not isinstance(v10, bool)):
                if v10 < 0:
                    raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_uppolicy(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = 0
    if not v1:
        try:
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(['threshold']) - v0.keys()
                if v3:
                    raise MismatchError
                v4 = set(v0.keys())
                if 'threshold' in v4:
                    v4.remove('threshold')
                    v5 = v0['threshold']
                    try:
                        if not isinstance(v5, NoneType):
                            raise MismatchError
                    except MismatchError:
                        pass
                    else:
                        raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(['stepAdjustments']) - v0.keys()
                if v3:
                    raise MismatchError
                v4 = set(v0.keys())
                if 'stepAdjustments' in v4:
                    v4.remove('stepAdjustments')
                    v6 = v0['stepAdjustments']
                    try:
                        if not isinstance(v6, NoneType):
                            raise MismatchError
                    except MismatchError:
                        pass
                    else:
                        raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        raise MismatchError
    v2 = isinstance(v0, dict)
    if v2:
        v3 = set(['metricName', 'namespace']) - v0.keys()
        if v3:
            raise MismatchError
        v4 = set(v0.keys())
        if 'policyName' in v4:
            v4.remove('policyName')
            v7 = v0['policyName']
            if not isinstance(v7, (str, NoneType)):
                raise MismatchError
        if 'source' in v4:
            v4.remove('source')
            v8 = v0['source']
            if not (isinstance(v8, str) and v8 == 'cloudWatch' or (isinstance(v8, str) and v8 == 'spectrum') or v8 is None):
                raise MismatchError
        if 'namespace' in v4:
            v4.remove('namespace')
            v9 = v0['namespace']
            if not isinstance(v9, str):
                raise MismatchError
            if isinstance(v9, str):
                v10 = len(v9)
                if v10 < 1:
                    raise MismatchError
        if 'metricName' in v4:
            v4.remove('metricName')
            v11 = v0['metricName']
            if not isinstance(v11, str):
                raise MismatchError
            if isinstance(v11, str):
                v12 = len(v11)
                if v12 < 1:
                    raise MismatchError
        if 'statistic' in v4:
            v4.remove('statistic')
            v13 = v0['statistic']
            if not (isinstance(v13, str) and v13 == 'average' or (isinstance(v13, str) and v13 == 'sum') or (isinstance(v13, str) and v13 == 'sampleCount') or (isinstance(v13, str) and v13 == 'maximum') or (isinstance(v13, str) and v13 == 'minimum') or (isinstance(v13, str) and v13 == 'percentile') or (v13 is None)):
                raise MismatchError
        if 'extendedStatistic' in v4:
            v4.remove('extendedStatistic')
            v14 = v0['extendedStatistic']
            if not isinstance(v14, (str, NoneType)):
                raise MismatchError
        if 'unit' in v4:
            v4.remove('unit')
            v15 = v0['unit']
            if not (isinstance(v15, str) and v15 == 'seconds' or (isinstance(v15, str) and v15 == 'microseconds') or (isinstance(v15, str) and v15 == 'milliseconds') or (isinstance(v15, str) and v15 == 'bytes') or (isinstance(v15, str) and v15 == 'kilobytes') or (isinstance(v15, str) and v15 == 'megabytes') or (isinstance(v15, str) and v15 == 'gigabytes') or (isinstance(v15, str) and v15 == 'terabytes') or (isinstance(v15, str) and v15 == 'bits') or (isinstance(v15, str) and v15 == 'kilobits') or (isinstance(v15, str) and v15 == 'megabits') or (isinstance(v15, str) and v15 == 'gigabits') or (isinstance(v15, str) and v15 == 'terabits') or (isinstance(v15, str) and v15 == 'percent') or (isinstance(v15, str) and v15 == 'count') or (isinstance(v15, str) and v15 == 'bytes/second') or (isinstance(v15, str) and v15 == 'kilobytes/second') or (isinstance(v15, str) and v15 == 'megabytes/second') or (isinstance(v15, str) and v15 == 'gigabytes/second') or (isinstance(v15, str) and v15 == 'terabytes/second') or (isinstance(v15, str) and v15 == 'bits/second') or (isinstance(v15, str) and v15 == 'kilobits/second') or (isinstance(v15, str) and v15 == 'megabits/second') or (isinstance(v15, str) and v15 == 'gigabits/second') or (isinstance(v15, str) and v15 == 'terabits/second') or (isinstance(v15, str) and v15 == 'count/second') or (isinstance(v15, str) and v15 == 'none') or (v15 is None)):
                raise MismatchError
        if 'threshold' in v4:
            v4.remove('threshold')
            v5 = v0['threshold']
            if not isinstance(v5, (int, float, NoneType)) or isinstance(v5, bool):
                raise MismatchError
        if 'adjustment' in v4:
            v4.remove('adjustment')
            v16 = v0['adjustment']
            if not isinstance(v16, (int, NoneType)) and (not (isinstance(v16, float) and v16.is_integer())) or isinstance(v16, bool):
                raise MismatchError
        if 'stepAdjustments' in v4:
            v4.remove('stepAdjustments')
            v6 = v0['stepAdjustments']
            if not isinstance(v6, (list, tuple, NoneType)):
                raise MismatchError
            v17 = isinstance(v6, list)
            if v17:
                v18 = len(v6)
                if v18 < 1:
                    raise MismatchError
                for v19, v20 in enumerate(v6):
                    if not isinstance(v20, dict):
                        raise MismatchError
                    v21 = isinstance(v20, dict)
                    if v21:
                        v22 = set(['threshold']) - v20.keys()
                        if v22:
                            raise MismatchError
                        v23 = set(v20.keys())
                        if 'threshold' in v23:
                            v23.remove('threshold')
                            v24 = v20['threshold']
                            if not isinstance(v24, (int, float)) or isinstance(v24, bool):
                                raise MismatchError
                        if 'action' in v23:
                            v23.remove('action')
                            v25 = v20['action']
                            validate____defs_upaction(v25)
                        if v23:
                            raise MismatchError
        if 'action' in v4:
            v4.remove('action')
            v26 = v0['action']
            validate____defs_upaction(v26)
        if 'minTargetCapacity' in v4:
            v4.remove('minTargetCapacity')
            v27 = v0['minTargetCapacity']
            if not isinstance(v27, (int, NoneType)) and (not (isinstance(v27, float) and v27.is_integer())) or isinstance(v27, bool):
                raise MismatchError
            if isinstance(v27, (int, float)) and (not isinstance(v27, bool)):
                if v27 < 0:
                    raise MismatchError
        if 'maxTargetCapacity' in v4:
            v4.remove('maxTargetCapacity')
            v28 = v0['maxTargetCapacity']
            if not isinstance(v28, (int, NoneType)) and (not (isinstance(v28, float) and v28.is_integer())) or isinstance(v28, bool):
                raise MismatchError
            if isinstance(v28, (int, float)) and (not isinstance(v28, bool)):
                if v28 < 0:
                    raise MismatchError
        if 'minimum' in v4:
            v4.remove('minimum')
            v29 = v0['minimum']
            if not isinstance(v29, (int, NoneType)) and (not (isinstance(v29, float) and v29.is_integer())) or isinstance(v29, bool):
                raise MismatchError
            if isinstance(v29, (int, float)) and (not isinstance(v29, bool)):
                if v29 < 0:
                    raise MismatchError
        if 'maximum' in v4:
            v4.remove('maximum')
            v30 = v0['maximum']
            if not isinstance(v30, (int, NoneType)) and (not (isinstance(v30, float) and v30.is_integer())) or isinstance(v30, bool):
                raise MismatchError
            if isinstance(v30, (int, float)) and (not isinstance(v30, bool)):
                if v30 < 0:
                    raise MismatchError
        if 'target' in v4:
            v4.remove('target')
            v31 = v0['target']
            if not isinstance(v31, (int, NoneType)) and (not (isinstance(v31, float) and v31.is_integer())) or isinstance(v31, bool):
                raise MismatchError
            if isinstance(v31, (int, float)) and (not isinstance(v31, bool)):
                if v31 < 0:
                    raise MismatchError
        if 'dimensions' in v4:
            v4.remove('dimensions')
            v32 = v0['dimensions']
            if not isinstance(v32, (list, tuple, NoneType)):
                raise MismatchError
            v33 = isinstance(v32, list)
            if v33:
                v34 = len(v32)
                for v35, v36 in enumerate(v32):
                    if not isinstance(v36, dict):
                        raise MismatchError
                    v37 = isinstance(v36, dict)
                    if v37:
                        v38 = set(['name']) - v36.keys()
                        if v38:
                            raise MismatchError
                        v39 = set(v36.keys())
                        if 'name' in v39:
                            v39.remove('name')
                            v40 = v36['name']
                            if not isinstance(v40, str):
                                raise MismatchError
                        if 'value' in v39:
                            v39.remove('value')
                            v41 = v36['value']
                            if not isinstance(v41, (str, NoneType)):
                                raise MismatchError
                        if v39:
                            raise MismatchError
        if 'period' in v4:
            v4.remove('period')
            v42 = v0['period']
            if not isinstance(v42, (int, NoneType)) and (not (isinstance(v42, float) and v42.is_integer())) or isinstance(v42, bool):
                raise MismatchError
            if isinstance(v42, (int, float)) and (not isinstance(v42, bool)):
                if v42 < 1:
                    raise MismatchError
        if 'evaluationPeriods' in v4:
            v4.remove('evaluationPeriods')
            v43 = v0['evaluationPeriods']
            if not isinstance(v43, (int, NoneType)) and (not (isinstance(v43, float) and v43.is_integer())) or isinstance(v43, bool):
                raise MismatchError
            if isinstance(v43, (int, float)) and (not isinstance(v43, bool)):
                if v43 < 1:
                    raise MismatchError
        if 'cooldown' in v4:
            v4.remove('cooldown')
            v44 = v0['cooldown']
            if not isinstance(v44, (int, NoneType)) and (not (isinstance(v44, float) and v44.is_integer())) or isinstance(v44, bool):
                raise MismatchError
            if isinstance(v44, (int, float)) and (not isinstance(v44, bool)):
                if v44 < 0:
                    raise MismatchError
        if 'operator' in v4:
            v4.remove('operator')
            v45 = v0['operator']
            if not (isinstance(v45, str) and v45 == 'gt' or (isinstance(v45, str) and v45 == 'gte') or (isinstance(v45, str) and v45 == 'lt') or (isinstance(v45, str) and v45 == 'lte') or (v45 is None)):
                raise MismatchError
        if 'isEnabled' in v4:
            v4.remove('isEnabled')
            v46 = v0['isEnabled']
            if not isinstance(v46, (bool, NoneType)):
                raise MismatchError
        if 'shouldResumeStateful' in v4:
            v4.remove('shouldResumeStateful')
            v47 = v0['shouldResumeStateful']
            if not isinstance(v47, (bool, NoneType)):
                raise MismatchError
        if 'maxCapacityPerScale' in v4:
            v4.remove('maxCapacityPerScale')
            v48 = v0['maxCapacityPerScale']
            if not isinstance(v48, (str, NoneType)):
                raise MismatchError
        if v4:
            raise MismatchError
    return v0
def validate____defs_upaction(v0):
    if not isinstance(v0, (dict, NoneType)):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['type']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'type' in v3:
            v3.remove('type')
            v4 = v0['type']
            if not (isinstance(v4, str) and v4 == 'adjustment' or (isinstance(v4, str) and v4 == 'updateCapacity') or (isinstance(v4, str) and v4 == 'setMinTarget') or (isinstance(v4, str) and v4 == 'percentageAdjustment')):
                raise MismatchError
        if 'adjustment' in v3:
            v3.remove('adjustment')
            v5 = v0['adjustment']
            if not isinstance(v5, (int, str, NoneType)) and (not (isinstance(v5, float) and v5.is_integer())) or isinstance(v5, bool):
                raise MismatchError
            if isinstance(v5, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|^[A-Za-z]+[(].*[)]$|<\\+'].search(v5):
                    raise MismatchError
        if 'minTargetCapacity' in v3:
            v3.remove('minTargetCapacity')
            v6 = v0['minTargetCapacity']
            if not isinstance(v6, (int, str, NoneType)) and (not (isinstance(v6, float) and v6.is_integer())) or isinstance(v6, bool):
                raise MismatchError
            if isinstance(v6, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v6):
                    raise MismatchError
            if isinstance(v6, (int, float)) and (not isinstance(v6, bool)):
                if v6 < 0:
                    raise MismatchError
        if 'maxTargetCapacity' in v3:
            v3.remove('maxTargetCapacity')
            v7 = v0['maxTargetCapacity']
            if not isinstance(v7, (int, str, NoneType)) and (not (isinstance(v7, float) and v7.is_integer())) or isinstance(v7, bool):
                raise MismatchError
            if isinstance(v7, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v7):
                    raise MismatchError
            if isinstance(v7, (int, float)) and (not isinstance(v7, bool)):
                if v7 < 0:
                    raise MismatchError
        if 'target' in v3:
            v3.remove('target')
            v8 = v0['target']
            if not isinstance(v8, (int, str, NoneType)) and (not (isinstance(v8, float) and v8.is_integer())) or isinstance(v8, bool):
                raise MismatchError
            if isinstance(v8, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v8):
                    raise MismatchError
            if isinstance(v8, (int, float)) and (not isinstance(v8, bool)):
                if v8 < 0:
                    raise MismatchError
        if 'minimum' in v3:
            v3.remove('minimum')
            v9 = v0['minimum']
            if not isinstance(v9, (int, str, NoneType)) and (not (isinstance(v9, float) and v9.is_integer())) or isinstance(v9, bool):
                raise MismatchError
            if isinstance(v9, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v9):
                    raise MismatchError
            if isinstance(v9, (int, float)) and (not isinstance(v9, bool)):
                if v9 < 0:
                    raise MismatchError
        if 'maximum' in v3:
            v3.remove('maximum')
            v10 = v0['maximum']
            if not isinstance(v10, (int, str, NoneType)) and (not (isinstance(v10, float) and v10.is_integer())) or isinstance(v10, bool):
                raise MismatchError
            if isinstance(v10, str):
                if not REGEX_PATTERNS['^-?[0-9]+$|<\\+'].search(v10):
                    raise MismatchError
            if isinstance(v10, (int, float)) and (not isinstance(v10, bool)):
                if v10 < 0:
                    raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_itf(v0):
    if not isinstance(v0, (dict, NoneType)):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['loadBalancers', 'targetGroupConfig']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'fixedTargetGroups' in v3:
            v3.remove('fixedTargetGroups')
            v4 = v0['fixedTargetGroups']
            if not isinstance(v4, (bool, NoneType)):
                raise MismatchError
        if 'weightStrategy' in v3:
            v3.remove('weightStrategy')
            v5 = v0['weightStrategy']
            if not (isinstance(v5, str) and v5 == 'vcpu' or (isinstance(v5, str) and v5 == 'custom') or v5 is None):
                raise MismatchError
        if 'migrationHealthinessThreshold' in v3:
            v3.remove('migrationHealthinessThreshold')
            v6 = v0['migrationHealthinessThreshold']
            if not isinstance(v6, (int, NoneType)) and (not (isinstance(v6, float) and v6.is_integer())) or isinstance(v6, bool):
                raise MismatchError
            if isinstance(v6, (int, float)) and (not isinstance(v6, bool)):
                if v6 < 0:
                    raise MismatchError
                if v6 > 100:
                    raise MismatchError
        if 'loadBalancers' in v3:
            v3.remove('loadBalancers')
            v7 = v0['loadBalancers']
            if not isinstance(v7, list):
                raise MismatchError
            v8 = isinstance(v7, list)
            if v8:
                v9 = len(v7)
                for v10, v11 in enumerate(v7):
                    if not isinstance(v11, dict):
                        raise MismatchError
                    v12 = isinstance(v11, dict)
                    if v12:
                        v13 = set(['loadBalancerArn', 'listenerRules']) - v11.keys()
                        if v13:
                            raise MismatchError
                        v14 = set(v11.keys())
                        if 'loadBalancerArn' in v14:
                            v14.remove('loadBalancerArn')
                            v15 = v11['loadBalancerArn']
                            if not isinstance(v15, str):
                                raise MismatchError
                        if 'listenerRules' in v14:
                            v14.remove('listenerRules')
                            v16 = v11['listenerRules']
                            if not isinstance(v16, list):
                                raise MismatchError
                            v17 = isinstance(v16, list)
                            if v17:
                                v18 = len(v16)
                                for v19, v20 in enumerate(v16):
                                    if not isinstance(v20, dict):
                                        raise MismatchError
                                    v21 = isinstance(v20, dict)
                                    if v21:
                                        v22 = set(['ruleArn']) - v20.keys()
                                        if v22:
                                            raise MismatchError
                                        v23 = set(v20.keys())
                                        if 'ruleArn' in v23:
                                            v23.remove('ruleArn')
                                            v24 = v20['ruleArn']
                                            if not isinstance(v24, str):
                                                raise MismatchError
                                        if 'staticTargetGroups' in v23:
                                            v23.remove('staticTargetGroups')
                                            v25 = v20['staticTargetGroups']
                                            if not isinstance(v25, (list, tuple, NoneType)):
                                                raise MismatchError
                                            v26 = isinstance(v25, list)
                                            if v26:
                                                v27 = len(v25)
                                                for v28, v29 in enumerate(v25):
                                                    if not isinstance(v29, dict):
                                                        raise MismatchError
                                                    v30 = isinstance(v29, dict)
                                                    if v30:
                                                        v31 = set(['arn', 'percentage']) - v29.keys()
                                                        if v31:
                                                            raise MismatchError
                                                        v32 = set(v29.keys())
                                                        if 'arn' in v32:
                                                            v32.remove('arn')
                                                            v33 = v29['arn']
                                                            if not isinstance(v33, str):
                                                                raise MismatchError
                                                        if 'percentage' in v32:
                                                            v32.remove('percentage')
                                                            v34 = v29['percentage']
                                                            if not isinstance(v34, (int, float)) or isinstance(v34, bool):
                                                                raise MismatchError
                                                            if isinstance(v34, (int, float)) and (not isinstance(v34, bool)):
                                                                if v34 < 0:
                                                                    raise MismatchError
                                                                if v34 > 100:
                                                                    raise MismatchError
                                                        if v32:
                                                            raise MismatchError
                                        if v23:
                                            raise MismatchError
                        if 'defaultStaticTargetGroups' in v14:
                            v14.remove('defaultStaticTargetGroups')
                            v35 = v11['defaultStaticTargetGroups']
                            if not isinstance(v35, (list, tuple, NoneType)):
                                raise MismatchError
                            v36 = isinstance(v35, list)
                            if v36:
                                v37 = len(v35)
                                for v38, v39 in enumerate(v35):
                                    if not isinstance(v39, dict):
                                        raise MismatchError
                                    v40 = isinstance(v39, dict)
                                    if v40:
                                        v41 = set(['arn', 'percentage']) - v39.keys()
                                        if v41:
                                            raise MismatchError
                                        v42 = set(v39.keys())
                                        if 'arn' in v42:
                                            v42.remove('arn')
                                            v43 = v39['arn']
                                            if not isinstance(v43, str):
                                                raise MismatchError
                                        if 'percentage' in v42:
                                            v42.remove('percentage')
                                            v44 = v39['percentage']
                                            if not isinstance(v44, (int, float)) or isinstance(v44, bool):
                                                raise MismatchError
                                            if isinstance(v44, (int, float)) and (not isinstance(v44, bool)):
                                                if v44 < 0:
                                                    raise MismatchError
                                                if v44 > 100:
                                                    raise MismatchError
                                        if v42:
                                            raise MismatchError
                        if v14:
                            raise MismatchError
        if 'targetGroupConfig' in v3:
            v3.remove('targetGroupConfig')
            v45 = v0['targetGroupConfig']
            if not isinstance(v45, dict):
                raise MismatchError
            v46 = isinstance(v45, dict)
            if v46:
                v47 = set(['vpcId', 'healthCheckPath', 'port', 'protocol']) - v45.keys()
                if v47:
                    raise MismatchError
                v48 = set(v45.keys())
                if 'vpcId' in v48:
                    v48.remove('vpcId')
                    v49 = v45['vpcId']
                    if not isinstance(v49, str):
                        raise MismatchError
                if 'healthCheckPath' in v48:
                    v48.remove('healthCheckPath')
                    v50 = v45['healthCheckPath']
                    if not isinstance(v50, str):
                        raise MismatchError
                if 'healthCheckProtocol' in v48:
                    v48.remove('healthCheckProtocol')
                    v51 = v45['healthCheckProtocol']
                    if not (isinstance(v51, str) and v51 == 'HTTP' or (isinstance(v51, str) and v51 == 'HTTPS') or v51 is None):
                        raise MismatchError
                if 'healthCheckPort' in v48:
                    v48.remove('healthCheckPort')
                    v52 = v45['healthCheckPort']
                    if not isinstance(v52, (str, NoneType)):
                        raise MismatchError
                if 'healthCheckIntervalSeconds' in v48:
                    v48.remove('healthCheckIntervalSeconds')
                    v53 = v45['healthCheckIntervalSeconds']
                    if not isinstance(v53, (int, NoneType)) and (not (isinstance(v53, float) and v53.is_integer())) or isinstance(v53, bool):
                        raise MismatchError
                    if isinstance(v53, (int, float)) and (not isinstance(v53, bool)):
                        if v53 < 1:
                            raise MismatchError
                if 'healthCheckTimeoutSeconds' in v48:
                    v48.remove('healthCheckTimeoutSeconds')
                    v54 = v45['healthCheckTimeoutSeconds']
                    if not isinstance(v54, (int, NoneType)) and (not (isinstance(v54, float) and v54.is_integer())) or isinstance(v54, bool):
                        raise MismatchError
                    if isinstance(v54, (int, float)) and (not isinstance(v54, bool)):
                        if v54 < 1:
                            raise MismatchError
                if 'healthyThresholdCount' in v48:
                    v48.remove('healthyThresholdCount')
                    v55 = v45['healthyThresholdCount']
                    if not isinstance(v55, (int, NoneType)) and (not (isinstance(v55, float) and v55.is_integer())) or isinstance(v55, bool):
                        raise MismatchError
                    if isinstance(v55, (int, float)) and (not isinstance(v55, bool)):
                        if v55 < 1:
                            raise MismatchError
                if 'unhealthyThresholdCount' in v48:
                    v48.remove('unhealthyThresholdCount')
                    v56 = v45['unhealthyThresholdCount']
                    if not isinstance(v56, (int, NoneType)) and (not (isinstance(v56, float) and v56.is_integer())) or isinstance(v56, bool):
                        raise MismatchError
                    if isinstance(v56, (int, float)) and (not isinstance(v56, bool)):
                        if v56 < 1:
                            raise MismatchError
                if 'port' in v48:
                    v48.remove('port')
                    v57 = v45['port']
                    if not isinstance(v57, int) and (not (isinstance(v57, float) and v57.is_integer())) or isinstance(v57, bool):
                        raise MismatchError
                    if isinstance(v57, (int, float)) and (not isinstance(v57, bool)):
                        if v57 < 1:
                            raise MismatchError
                        if v57 > 65535:
                            raise MismatchError
                if 'protocol' in v48:
                    v48.remove('protocol')
                    v58 = v45['protocol']
                    if not (isinstance(v58, str) and v58 == 'HTTP' or (isinstance(v58, str) and v58 == 'HTTPS')):
                        raise MismatchError
                if 'protocolVersion' in v48:
                    v48.remove('protocolVersion')
                    v59 = v45['protocolVersion']
                    if not (isinstance(v59, str) and v59 == 'GRPC' or (isinstance(v59, str) and v59 == 'HTTP1') or (isinstance(v59, str) and v59 == 'HTTP2') or (v59 is None)):
                        raise MismatchError
                if 'tags' in v48:
                    v48.remove('tags')
                    v60 = v45['tags']
                    if not isinstance(v60, (list, tuple, NoneType)):
                        raise MismatchError
                    v61 = isinstance(v60, list)
                    if v61:
                        v62 = len(v60)
                        for v63, v64 in enumerate(v60):
                            validate____defs_tag(v64)
                if 'matcher' in v48:
                    v48.remove('matcher')
                    v65 = v45['matcher']
                    if not isinstance(v65, (dict, NoneType)):
                        raise MismatchError
                    v66 = isinstance(v65, dict)
                    if v66:
                        v67 = set(v65.keys())
                        if 'httpCode' in v67:
                            v67.remove('httpCode')
                            v68 = v65['httpCode']
                            if not isinstance(v68, (str, NoneType)):
                                raise MismatchError
                        if 'grpcCode' in v67:
                            v67.remove('grpcCode')
                            v69 = v65['grpcCode']
                            if not isinstance(v69, (str, NoneType)):
                                raise MismatchError
                        if v67:
                            raise MismatchError
                if v48:
                    raise MismatchError
        if 'defaultStaticTargetGroups' in v3:
            v3.remove('defaultStaticTargetGroups')
            v70 = v0['defaultStaticTargetGroups']
            if not isinstance(v70, (list, tuple, NoneType)):
                raise MismatchError
            v71 = isinstance(v70, list)
            if v71:
                v72 = len(v70)
                for v73, v74 in enumerate(v70):
                    if not isinstance(v74, dict):
                        raise MismatchError
                    v75 = isinstance(v74, dict)
                    if v75:
                        v76 = set(['arn', 'percentage']) - v74.keys()
                        if v76:
                            raise MismatchError
                        v77 = set(v74.keys())
                        if 'arn' in v77:
                            v77.remove('arn')
                            v78 = v74['arn']
                            if not isinstance(v78, str):
                                raise MismatchError
                        if 'percentage' in v77:
                            v77.remove('percentage')
                            v79 = v74['percentage']
                            if not isinstance(v79, (int, float)) or isinstance(v79, bool):
                                raise MismatchError
                            if isinstance(v79, (int, float)) and (not isinstance(v79, bool)):
                                if v79 < 0:
                                    raise MismatchError
                                if v79 > 100:
                                    raise MismatchError
                        if v77:
                            raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_tag(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['tagKey']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'tagKey' in v3:
            v3.remove('tagKey')
            v4 = v0['tagKey']
            if not isinstance(v4, str):
                raise MismatchError
            if isinstance(v4, str):
                v5 = len(v4)
                if v5 < 1:
                    raise MismatchError
                if v5 > 128:
                    raise MismatchError
        if 'tagValue' in v3:
            v3.remove('tagValue')
            v6 = v0['tagValue']
            if not isinstance(v6, (str, NoneType)):
                raise MismatchError
            if isinstance(v6, str):
                v7 = len(v6)
                if v7 > 256:
                    raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_zone(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['name']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'name' in v3:
            v3.remove('name')
            v4 = v0['name']
            if not isinstance(v4, str):
                raise MismatchError
        if 'subnetIds' in v3:
            v3.remove('subnetIds')
            v5 = v0['subnetIds']
            if not isinstance(v5, (list, tuple, NoneType)):
                raise MismatchError
            v6 = isinstance(v5, list)
            if v6:
                v7 = len(v5)
                for v8, v9 in enumerate(v5):
                    if not isinstance(v9, str):
                        raise MismatchError
                    if isinstance(v9, str):
                        v10 = len(v9)
                        if v10 < 1:
                            raise MismatchError
        if 'subnetId' in v3:
            v3.remove('subnetId')
            v11 = v0['subnetId']
            if not isinstance(v11, (str, NoneType)):
                raise MismatchError
        if 'placementGroupName' in v3:
            v3.remove('placementGroupName')
            v12 = v0['placementGroupName']
            if not isinstance(v12, (str, NoneType)):
                raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_persistence(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(v0.keys())
        if 'shouldPersistPrivateIp' in v2:
            v2.remove('shouldPersistPrivateIp')
            v3 = v0['shouldPersistPrivateIp']
            if not isinstance(v3, (bool, NoneType)):
                raise MismatchError
        if 'shouldPersistRootDevice' in v2:
            v2.remove('shouldPersistRootDevice')
            v4 = v0['shouldPersistRootDevice']
            if not isinstance(v4, (bool, NoneType)):
                raise MismatchError
        if 'shouldPersistBlockDevices' in v2:
            v2.remove('shouldPersistBlockDevices')
            v5 = v0['shouldPersistBlockDevices']
            if not isinstance(v5, (bool, NoneType)):
                raise MismatchError
        if 'blockDevicesMode' in v2:
            v2.remove('blockDevicesMode')
            v6 = v0['blockDevicesMode']
            if not (isinstance(v6, str) and v6 == 'reattach' or (isinstance(v6, str) and v6 == 'onLaunch') or v6 is None):
                raise MismatchError
        if v2:
            raise MismatchError
    return v0
CHECKS = {'': validate, 'autoScale': validate____defs_autoscale, 'downAction': validate____defs_downaction, 'downPolicy': validate____defs_downpolicy, 'group': validate____defs_group, 'headroom': validate____defs_headroom, 'itf': validate____defs_itf, 'persistence': validate____defs_persistence, 'tag': validate____defs_tag, 'targetPolicy': validate____defs_targetpolicy, 'task': validate____defs_task, 'upAction': validate____defs_upaction, 'upPolicy': validate____defs_uppolicy, 'zone': validate____defs_zone}
